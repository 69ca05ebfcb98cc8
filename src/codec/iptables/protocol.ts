import { type Expression, number, string } from '../../kernel/expression.ts';

/** IP protocol numbers by the names /etc/protocols gives them, which nft and iptables-save print. */
// biome-ignore format: a table reads better in rows
const NUMBERS: Readonly<Record<string, number>> = {
  hopopt: 0, icmp: 1, igmp: 2, ggp: 3, ipencap: 4, st: 5, tcp: 6, egp: 8, igp: 9, pup: 12, udp: 17, hmp: 20,
  'xns-idp': 22, rdp: 27, 'iso-tp4': 29, dccp: 33, xtp: 36, ddp: 37, 'idpr-cmtp': 38, ipv6: 41, 'ipv6-route': 43,
  'ipv6-frag': 44, idrp: 45, rsvp: 46, gre: 47, esp: 50, ah: 51, skip: 57, 'ipv6-icmp': 58, 'ipv6-nonxt': 59,
  'ipv6-opts': 60, rspf: 73, vmtp: 81, eigrp: 88, ospf: 89, 'ax.25': 93, ipip: 94, etherip: 97, encap: 98, pim: 103,
  ipcomp: 108, vrrp: 112, l2tp: 115, isis: 124, sctp: 132, fc: 133, 'mobility-header': 135, udplite: 136,
  'mpls-in-ip': 137, manet: 138, hip: 139, shim6: 140, wesp: 141, rohc: 142, ethernet: 143,
};

/** Names iptables takes for a protocol that nft spells differently. */
const ALIASES: Readonly<Record<string, string>> = {
  icmpv6: 'ipv6-icmp',
  icmp6: 'ipv6-icmp',
  mh: 'mobility-header',
  'ipv6-mh': 'mobility-header',
  'ip-encap': 'ipencap',
};

const NAMES = new Map(Object.entries(NUMBERS).map(([name, value]) => [value, name]));

const MAX_PROTOCOL = 255;

/** A protocol by name or number: its nft name as a string, or the number where it has none. */
export function readProtocol(text: string): Expression | undefined {
  const lower = text.toLowerCase();
  const name = ALIASES[lower] ?? lower;
  if (NUMBERS[name] !== undefined) return string(name);
  if (!/^\d{1,3}$/.test(text) || Number(text) > MAX_PROTOCOL) return undefined;
  const known = NAMES.get(Number(text));
  return known === undefined ? number(Number(text)) : string(known);
}

export function writeProtocol(value: Expression): string | undefined {
  if (value.kind === 'number') return String(value.value);
  return value.kind === 'string' && NUMBERS[value.value] !== undefined ? value.value : undefined;
}

/** The number of a protocol, for `--ctproto`, which is printed as one. */
export function protocolNumber(value: Expression): number | undefined {
  return value.kind === 'number' ? value.value : value.kind === 'string' ? NUMBERS[value.value] : undefined;
}
