import type { MatchExtension } from './extension.ts';
import { ADDRESS_TYPE } from './match/address-type.ts';
import { CGROUP } from './match/cgroup.ts';
import { CONNTRACK, CT_HELPER, STATE } from './match/conntrack.ts';
import { ICMP_MATCHES } from './match/icmp.ts';
import { MARK_MATCHES } from './match/mark.ts';
import { PACKET_MATCHES } from './match/packet.ts';
import { PORT_MATCHES } from './match/ports.ts';
import { RECENT } from './match/recent.ts';
import { RPFILTER } from './match/rpfilter.ts';
import { SET_MATCH } from './match/set.ts';
import { SOCKET } from './match/socket.ts';
import { STATISTIC } from './match/statistic.ts';

/** Becomes the rule's comment, not a statement. */
const COMMENT: MatchExtension = { name: 'comment', options: { '--comment': 1 }, read: () => [] };

/** Every `-m` match with a meaning in the model. Any other is kept by name and text. */
export const MATCHES: readonly MatchExtension[] = [
  ...PORT_MATCHES,
  ...MARK_MATCHES,
  CONNTRACK,
  STATE,
  CT_HELPER,
  ...PACKET_MATCHES,
  ...ICMP_MATCHES,
  ADDRESS_TYPE,
  STATISTIC,
  SET_MATCH,
  SOCKET,
  CGROUP,
  RPFILTER,
  RECENT,
  COMMENT,
];

const ALIASES: Readonly<Record<string, string>> = { icmpv6: 'icmp6' };

const BY_NAME = new Map(MATCHES.map((extension) => [extension.name, extension]));

export function matchNamed(name: string): MatchExtension | undefined {
  return BY_NAME.get(name) ?? BY_NAME.get(ALIASES[name] ?? '');
}

/** The match that `-p NAME` brings along, so that `--dport` works without `-m`. */
export const PROTOCOL_MATCHES: Readonly<Record<string, string>> = {
  tcp: 'tcp',
  udp: 'udp',
  udplite: 'udplite',
  sctp: 'sctp',
  dccp: 'dccp',
  icmp: 'icmp',
  'ipv6-icmp': 'icmp6',
};
