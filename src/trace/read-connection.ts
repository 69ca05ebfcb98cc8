import type { Expression } from '../kernel/expression.ts';
import { FULL_MASK } from '../net/mark.ts';
import type { Connection } from './connection.ts';
import type { Path } from './path.ts';
import { hasPorts, nfproto, protocolNumber } from './protocol.ts';
import type { Make, Reader } from './reader.ts';
import { type Domain, type Mark, type Term, undecidable } from './term.ts';

/** Readers of the connection; without an entry there is nothing to read (kernel-facts 4.2). */
export function connectionReader(expression: Extract<Expression, { kind: 'ct' }>, make: Make): Reader {
  const { key, direction } = expression;
  const untold = undecidable(`ct ${key} of what CT gives to packets`);
  const tuple = (entry: Connection, path: Path) => {
    const ofOriginal = (direction ?? path.direction) === 'original';
    return ofOriginal ? entry.original : entry.reply;
  };
  const ofEntry = (
    domain: Domain,
    read: (entry: Connection, path: Path) => Term | undefined,
    ofTemplate: (path: Path) => Term = () => untold,
  ) =>
    make(domain, (path) => {
      if (path.connection !== undefined) return read(path.connection, path);
      return hasTemplate(path) ? ofTemplate(path) : undefined;
    });
  switch (key) {
    case 'mark':
      return ofEntry(
        'u32',
        (entry) => entry.mark,
        ({ templateIsMarked }) => (templateIsMarked ? ANY_MARK : 0),
      );
    case 'state':
      // Without an entry a packet is invalid to both front ends, unless it is untracked.
      return make('text', (path) => {
        if (path.state !== 'none') return path.state;
        return hasTemplate(path) ? 'new' : 'invalid';
      });
    case 'status':
      return ofEntry('u32', statusBits);
    case 'direction':
      return ofEntry(
        'text',
        (_entry, path) => path.direction,
        () => 'original',
      );
    case 'ip saddr':
    case 'ip6 saddr':
    case 'saddr':
      return ofEntry(key === 'ip6 saddr' ? 'ipv6' : 'ipv4', (entry, path) => tuple(entry, path).saddr);
    case 'ip daddr':
    case 'ip6 daddr':
    case 'daddr':
      return ofEntry(key === 'ip6 daddr' ? 'ipv6' : 'ipv4', (entry, path) => tuple(entry, path).daddr);
    case 'proto-src':
      return ofEntry('u16', (entry, path) => portOf(path, tuple(entry, path).sport));
    case 'proto-dst':
      return ofEntry('u16', (entry, path) => portOf(path, tuple(entry, path).dport));
    case 'protocol':
      return ofEntry('u8', connectionProtocol);
    case 'l3proto':
      return ofEntry('u8', (_entry, { packet }) => nfproto(packet.family));
    case 'zone':
      return ofEntry('u16', () => 0);
    default:
      return ofEntry('u32', () => undecidable(JSON.stringify(expression)));
  }
}

const ANY_MARK: Mark = {
  kind: 'word',
  value: 0,
  unknown: FULL_MASK,
  origin: 'the mark of what CT gives to packets',
};

/** To rules before conntrack what CT says of the entry to come is an entry, a new one (xt_ct_target). */
export function hasTemplate({ state, template }: Path): boolean {
  return state === 'none' && template;
}

/** An ICMP error belongs to a connection of another protocol: the flow's. */
function connectionProtocol(_entry: Connection, { flow, packet }: Path): number {
  return protocolNumber(flow.protocol) ?? packet.protocol;
}

/** Of ICMP it is the echo's number, or type and code. */
function portOf(path: Path, port: Term): Term {
  const { flow, packet } = path;
  return hasPorts(protocolNumber(flow.protocol) ?? packet.protocol)
    ? port
    : undecidable('number of the echo');
}

const ASSURED = 4;

/** IPS_* of include/uapi/linux/netfilter/nf_conntrack_common.h. */
function statusBits(entry: Connection): Mark {
  const bits = [
    entry.replied ? 2 : 0,
    entry.confirmed ? 8 : 0,
    entry.translated.source ? 16 : 0,
    entry.translated.destination ? 32 : 0,
    entry.natDone.source ? 128 : 0,
    entry.natDone.destination ? 256 : 0,
  ];
  const value = bits.reduce((sum, bit) => sum + bit, entry.assured === true ? ASSURED : 0);
  return entry.assured === 'unknown'
    ? { kind: 'word', value, unknown: ASSURED, origin: `connection ${entry.id} is assured` }
    : value;
}
