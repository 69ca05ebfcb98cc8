import type { Family } from '../../../src/net/family.ts';
import { PACKETS } from './hosts.ts';
import { ONE_SYN } from './layout.ts';

/**
 * What tells packets apart: datagrams and errors about them their size, TCP's packets of a handshake their flags and
 * the client's port.
 */
interface Kind {
  readonly prefix: string;
  readonly when: string;
  readonly key: string;
}

const DATAGRAM: Kind = { prefix: '', when: 'meta l4proto udp', key: 'meta length' };
const ERROR: Readonly<Record<Family, string>> = {
  ipv4: 'icmp type destination-unreachable',
  ipv6: 'icmpv6 type destination-unreachable',
};

const HANDSHAKE: readonly Kind[] = [
  { prefix: 'P1', when: 'tcp flags & (syn | ack) == syn', key: 'tcp sport' },
  { prefix: 'R', when: 'tcp flags & (syn | ack) == syn | ack', key: 'tcp dport' },
  { prefix: 'P3', when: 'tcp flags & (syn | ack) == ack', key: 'tcp sport' },
];

/** The sets of one kind, and what they hold beside the key. */
const OUT = {
  bare: 'meta mark . oifname',
  addresses: 'ip saddr . ip daddr',
  marks: 'meta mark . ct mark . oifname',
} as const;
const IN = {
  localbare: 'meta mark',
  addresses: 'ip saddr . ip daddr',
  localmarks: 'meta mark . ct mark',
} as const;

/**
 * Last at every hook, so that it sees what left; it reads and changes nothing. A set's key has four parts at most:
 * nft 1.0.6 cannot list longer ones.
 */
export function observer(tcp: boolean, ipv6: boolean): string {
  const kinds = tcp ? [DATAGRAM, ...HANDSHAKE] : [DATAGRAM];
  const inFamily = (text: string) => (ipv6 ? text.replaceAll('ip ', 'ip6 ') : text);
  const sets = kinds.flatMap(({ prefix, key }) => [
    ...Object.entries({ ...OUT, ...IN }).map(([name, rest]) => set(`${prefix}${name}`, `${key} . ${rest}`)),
    set(`${prefix}arrived`, key),
  ]);
  const error: Kind = { ...DATAGRAM, when: ERROR[ipv6 ? 'ipv6' : 'ipv4'] };
  const rules = (what: Readonly<Record<string, string>>) =>
    [...kinds, error]
      .flatMap(({ prefix, when, key }) =>
        Object.entries(what).map(
          ([name, rest]) => ` ${when} update @${prefix}${name} { ${key}${rest === '' ? '' : ` . ${rest}`} }`,
        ),
      )
      .join('\n');
  return inFamily(`table inet observer {
${ONE_SYN}${sets.join('\n')}
 chain came {
${rules({ arrived: '' })}
 }
 chain arriving {
 type filter hook prerouting priority -390
 iifname != "lo" jump came
 }
 chain sending {
 type filter hook output priority -390
 meta l4proto { icmp, ipv6-icmp } drop comment "errors of its own would run through the rules between the packets"
 tcp flags & (fin | rst) != 0 drop comment "sockets end in silence"
 jump came
 }
 chain out {
 type filter hook postrouting priority 900
${rules(OUT)}
 }
 chain in {
 type filter hook input priority 900
${rules(IN)}
 }
}
`);
}

function set(name: string, key: string): string {
  return ` set ${name} {\n typeof ${key}\n flags dynamic\n size 4096\n }`;
}

/** The packet that a set of this prefix is about; undefined: its keys are sizes. */
export const OBSERVED: readonly { readonly prefix: string; readonly packet?: number }[] = [
  { prefix: '' },
  ...HANDSHAKE.map(({ prefix }) => ({ prefix, packet: PACKETS.indexOf(prefix as 'P1' | 'R' | 'P3') })),
];
