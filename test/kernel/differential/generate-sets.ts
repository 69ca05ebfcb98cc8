import type { IpSet } from '../../../src/kernel/netfilter.ts';
import type { Ruleset } from './generate.ts';
import { CLIENTS, OWN, SERVERS } from './hosts.ts';
import { inFamily, type Variation } from './variation.ts';

/** An inet table has the sets of both families, those of IPv6 with a 6 at the end. */
export function nftSets(table: string, { family, tcp }: Variation): string {
  const services = (protocol: string) =>
    `${SERVERS[0]} . ${protocol} . 53, ${SERVERS[1]} . ${protocol} . 443, ${OWN[0]} . ${protocol} . 53`;
  const addressSets = ` set hosts {
  type ipv4_addr
  elements = { ${CLIENTS[0]}, ${SERVERS[0]}, ${SERVERS[2]}, ${OWN[0]} }
 }
 set networks {
  type ipv4_addr
  flags interval
  elements = { 192.168.1.0/28, 192.0.2.0-192.0.2.1, 203.0.113.0/24 }
 }
 set services {
  type ipv4_addr . inet_proto . inet_service
  elements = { ${services('udp')}${tcp ? `, ${services('tcp')}` : ''} }
 }
 map marks {
  type ipv4_addr : mark
  elements = { ${SERVERS[0]} : 0x30, ${SERVERS[1]} : 0x36, ${CLIENTS[1]} : 0x1 }
 }
`;
  const inIpv6 = () =>
    addressSets
      .replace(/(set|map) (\w+) \{/g, '$1 $26 {')
      .split('\n')
      .map((line) => inFamily(line, 'ipv6'))
      .join('\n');
  return `${table === 'ip6' ? '' : addressSets}${family === 'ipv6' ? inIpv6() : ''} map ways {
  type inet_service : verdict
  elements = { 53 : jump U2, 443 : goto U3, 8080 : accept }
 }
`;
}

export function ipsets({ family, tcp }: Variation): Pick<Ruleset, 'ipsets' | 'ipsetModel'> {
  const services = [`${SERVERS[0]},udp:53`, `${OWN[1]},udp:443`];
  const more = tcp ? [`${SERVERS[0]},tcp:53`, `${OWN[1]},tcp:443`] : [];
  const set = (name: string, type: string, elements: readonly string[]): IpSet => ({
    name,
    type,
    options: inFamily('family inet', family),
    elements: elements.map((each) => inFamily(each, family)),
  });
  const ipsetModel = [
    set('hosts', 'hash:ip', [CLIENTS[0], SERVERS[1]]),
    set('nets', 'hash:net', ['192.0.2.0/24', '192.0.2.2 nomatch', '192.168.1.0/28']),
    set('services', 'hash:ip,port', [...services, ...more]),
    set('touched', 'hash:ip,port', []),
  ];
  const text = ipsetModel.map(({ name, type, options, elements }) =>
    [`create ${name} ${type} ${options}`, ...elements.map((each) => `add ${name} ${each}`), ''].join('\n'),
  );
  return { ipsets: text.join(''), ipsetModel };
}
