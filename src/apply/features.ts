/** What polywan's nft table rests on, each as the smallest table that uses it. */
export const NFT_FEATURES: readonly { readonly name: string; readonly lines: string }[] = [
  {
    name: 'numgen verdict map',
    lines:
      'map slots { typeof numgen inc mod 2 : verdict; elements = { 0 : accept, 1 : drop } }\nchain slots_test { numgen inc mod 2 vmap @slots; }',
  },
  {
    name: 'type route in inet',
    lines: 'chain output { type route hook output priority mangle; policy accept; }',
  },
  {
    name: 'nat in inet',
    lines:
      'chain srcnat { type nat hook postrouting priority srcnat; policy accept; meta nfproto ipv4 masquerade; }',
  },
  {
    name: 'fib lookup',
    lines:
      'chain fib_test { type filter hook prerouting priority mangle; policy accept; fib daddr type local accept; }',
  },
  {
    name: 'connmark set under a mask',
    lines: 'chain mark_test { ct mark set ct mark and 0x00ffffff or 0x01000000; }',
  },
  {
    name: 'dnat by a map of concatenations',
    lines:
      'map forwards { type inet_proto . inet_service : ipv4_addr . inet_service; }\nchain dstnat { type nat hook prerouting priority dstnat; policy accept; dnat ip to meta l4proto . th dport map @forwards; }',
  },
  {
    name: 'prefix translation',
    lines:
      'chain nptv6 { type nat hook postrouting priority srcnat; policy accept; snat ip6 prefix to ip6 saddr map { 2001:db8:1::/64 : 2001:db8:2::/64 }; }',
  },
  {
    name: 'sets filled by packets',
    lines:
      'set clients { type ipv4_addr; flags dynamic,timeout; timeout 10m; size 65535; }\nchain sticky { update @clients { ip saddr }; }',
  },
];

/** The text that asks nft for these features without loading anything. */
export function featureText(features: readonly { readonly lines: string }[]): string {
  return `table inet polywan-probe {\n${features.map(({ lines }) => `${lines}\n`).join('')}}\n`;
}

/** What polywan's iptables chains rest on, as one text for `iptables-restore --test --noflush`. */
export const IPTABLES_PROBE = [
  '*mangle',
  ':polywan-probe - [0:0]',
  '-A polywan-probe -m conntrack --ctstate NEW -m connmark --mark 0x0/0xff000000 -m comment --comment probe -j RETURN',
  '-A polywan-probe -m statistic --mode nth --every 2 --packet 0 -j CONNMARK --set-xmark 0x1000000/0xff000000',
  '-A polywan-probe -m addrtype --dst-type LOCAL -j MARK --set-xmark 0x1000000/0xff000000',
  'COMMIT',
  '',
].join('\n');
