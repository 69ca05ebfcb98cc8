import type { Expression } from './expression.ts';

const META: Readonly<Record<string, string>> = {
  mark: 'mark',
  iifname: 'ifname',
  oifname: 'ifname',
  sdifname: 'ifname',
  ibrname: 'ifname',
  obrname: 'ifname',
  iif: 'iface_index',
  oif: 'iface_index',
  sdif: 'iface_index',
  l4proto: 'inet_proto',
  nfproto: 'nf_proto',
  protocol: 'ether_type',
  skuid: 'uid',
  skgid: 'gid',
  pkttype: 'pkt_type',
  iiftype: 'iface_type',
  oiftype: 'iface_type',
};

const CT: Readonly<Record<string, string>> = {
  mark: 'mark',
  state: 'ct_state',
  status: 'ct_status',
  direction: 'ct_dir',
  l3proto: 'nf_proto',
  label: 'ct_label',
  'ip saddr': 'ipv4_addr',
  'ip daddr': 'ipv4_addr',
  'ip6 saddr': 'ipv6_addr',
  'ip6 daddr': 'ipv6_addr',
  'proto-src': 'inet_service',
  'proto-dst': 'inet_service',
  protocol: 'inet_proto',
};

const PAYLOAD: Readonly<Record<string, string>> = {
  'ip saddr': 'ipv4_addr',
  'ip daddr': 'ipv4_addr',
  'ip6 saddr': 'ipv6_addr',
  'ip6 daddr': 'ipv6_addr',
  'ip protocol': 'inet_proto',
  'ip6 nexthdr': 'inet_proto',
  'ip dscp': 'dscp',
  'ip6 dscp': 'dscp',
  'ether saddr': 'ether_addr',
  'ether daddr': 'ether_addr',
  'ether type': 'ether_type',
  'tcp flags': 'tcp_flag',
  'icmp type': 'icmp_type',
  'icmpv6 type': 'icmpv6_type',
};

const FIB: Readonly<Record<string, string>> = {
  type: 'fib_addrtype',
  oif: 'iface_index',
  oifname: 'ifname',
};

/** nft's datatype names of what an expression reads, one for each part of a concatenation; `''` where not known. */
export function datatypesOf(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'concat':
      return expression.parts.flatMap(datatypesOf);
    case 'meta':
      return [META[expression.key] ?? ''];
    case 'ct':
      return [CT[expression.key] ?? ''];
    case 'payload':
      return [payloadType(expression.protocol, expression.field)];
    case 'fib':
      return [FIB[expression.result] ?? ''];
    case 'socket':
      return [expression.key === 'mark' ? 'mark' : ''];
    case 'binary':
      return datatypesOf(expression.left);
    case 'numgen':
    case 'hash':
      return ['integer'];
    default:
      return [''];
  }
}

function payloadType(protocol: string, field: string): string {
  if (field === 'sport' || field === 'dport') return 'inet_service';
  return PAYLOAD[`${protocol} ${field}`] ?? '';
}
