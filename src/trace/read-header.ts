import type { Expression } from '../kernel/expression.ts';
import { symbolNumber } from '../kernel/symbol.ts';
import type { Packet } from './path.ts';
import { etherType, hasPorts, ICMP, ICMPV6, TCP } from './protocol.ts';
import type { Make, Reader } from './reader.ts';
import { type Domain, lastingUndecidable, type Term, termKey, undecidable } from './term.ts';
import type { World } from './world.ts';

const ADDRESS: Readonly<Record<string, Domain>> = { ip: 'ipv4', ip6: 'ipv6' };

/** Readers of header fields; another protocol's are not there. */
export function payloadReader(protocol: string, field: string, make: Make, expression: Expression): Reader {
  const domain = ADDRESS[protocol];
  if (domain !== undefined) return networkReader(domain, field, make, expression);
  switch (`${protocol} ${field}`) {
    case 'ether saddr':
      return make('text', ({ packet }, world) => (isFramed(packet, world) ? packet.mac : undefined));
    case 'ether type':
      return make('u16', ({ packet }, world) =>
        isFramed(packet, world) ? etherType(packet.family) : undefined,
      );
    case 'tcp flags':
      return make('u8', ({ packet }) => (packet.protocol === TCP ? packet.tcpFlags : undefined));
    case 'icmp type':
      return make('u8', ({ packet }) => (packet.protocol === ICMP ? packet.icmpType : undefined));
    case 'icmp code':
      return make('u8', ({ packet }) => (packet.protocol === ICMP ? packet.icmpCode : undefined));
    case 'icmpv6 type':
      return make('u8', ({ packet }) => (packet.protocol === ICMPV6 ? packet.icmpType : undefined));
    case 'icmpv6 code':
      return make('u8', ({ packet }) => (packet.protocol === ICMPV6 ? packet.icmpCode : undefined));
    default:
      return transportReader(protocol, field, make, expression);
  }
}

/**
 * Whether it came in with an Ethernet header: what this machine sends has none, nor what comes by loopback, PPP or a
 * tunnel.
 */
function isFramed({ local, iif }: Packet, { index }: World): boolean {
  return !local && iif !== 'lo' && index.link(iif)?.pointToPoint !== true;
}

function networkReader(domain: Domain, field: string, make: Make, expression: Expression): Reader {
  const ofFamily = (type: Domain, read: Reader['read']) =>
    make(type, (path, world) => (path.packet.family === domain ? read(path, world) : undefined));
  switch (field) {
    case 'saddr':
      return ofFamily(domain, ({ packet }) => packet.saddr);
    case 'daddr':
      return ofFamily(domain, ({ packet }) => packet.daddr);
    case 'dscp':
      return ofFamily('u6', ({ packet }) => packet.dscp);
    case 'protocol':
    case 'nexthdr':
      return ofFamily('u8', ({ packet }) => packet.protocol);
    case 'length':
      return ofFamily('u16', ({ packet }) => (domain === 'ipv4' ? packet.length : payloadLength(packet)));
    case 'version':
      return ofFamily('u8', () => (domain === 'ipv4' ? 4 : 6));
    case 'frag-off':
      return ofFamily('u16', () => WHOLE);
    case 'ttl':
    case 'hoplimit':
    case 'flowlabel':
      return ofFamily('u32', ({ direction }) => lastingUndecidable(`${field} of ${direction}`));
    default:
      return ofFamily('u32', () => undecidable(JSON.stringify(expression)));
  }
}

/** Conntrack puts fragments together before any chain sees them; whether they may be made is the sender's to say (DF). */
const WHOLE: Term = { kind: 'word', value: 0, unknown: 0x4000, origin: 'may be fragmented' };

/** IPv6 counts what stands behind its header. */
const IPV6_HEADER = 40;

function payloadLength({ length }: Packet): Term {
  if (typeof length === 'number') return length - IPV6_HEADER;
  return { kind: 'variable', id: `${termKey(length)} behind the header`, domain: 'u16' };
}

function transportReader(protocol: string, field: string, make: Make, expression: Expression): Reader {
  const number = protocol === 'th' ? undefined : symbolNumber('inet_proto', protocol);
  const other = () => undecidable(JSON.stringify(expression));
  if (number === undefined && protocol !== 'th') return make('u32', other);
  const side = field === 'sport' || field === 'dport' ? field : undefined;
  return make(side === undefined ? 'u32' : 'u16', ({ packet }) => {
    if (number !== undefined && packet.protocol !== number) return undefined;
    return side !== undefined && hasPorts(packet.protocol) ? packet[side] : other();
  });
}
