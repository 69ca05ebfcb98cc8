import { KERNEL_PORTS } from '../net/kernel-ports.ts';
import type { PortRange } from '../net/port-range.ts';
import { invert } from './connection.ts';
import { tupleOf } from './conntrack.ts';
import type { Flow } from './flow.ts';
import { localType } from './local-address.ts';
import type { Packet } from './path.ts';
import { ACK, hasPorts, ICMP, ICMPV6, protocolNumber, SYN, TCP } from './protocol.ts';
import { isNoHost } from './special-route.ts';
import { addressPoint, type Domain, type Mark, type Term } from './term.ts';
import { UNCHOSEN } from './walk-packet.ts';
import { unknownWord } from './word.ts';
import { sysctlNumber, type World } from './world.ts';

const ALL_PORTS: PortRange = { from: 1, to: 0xffff };

/** Ports below are those of services; who is not root cannot have them. */
const PROGRAM_PORTS: PortRange = { ...ALL_PORTS, from: 1024 };

/** Types of an echo and its answer, and of an error with the code that says the port is closed. */
const ECHO = { ipv4: { request: 8, reply: 0 }, ipv6: { request: 128, reply: 129 } } as const;
const ERROR = { ipv4: { type: 3, code: 3 }, ipv6: { type: 1, code: 4 } } as const;

function variable(id: string, domain: Domain): Term {
  return { kind: 'variable', id, domain };
}

/** The first packet as it arrives, or as the socket sends it. Undefined: an address or the protocol is none. */
export function firstPacket(flow: Flow, world: World): Packet | undefined {
  const { family } = flow;
  const protocol = protocolNumber(flow.protocol);
  const daddr = addressPoint(flow.destination, family);
  const named = flow.source === undefined ? undefined : addressPoint(flow.source, family);
  if (protocol === undefined || daddr === undefined || (flow.source !== undefined && named === undefined))
    return undefined;
  const local = flow.in === undefined;
  const ports = hasPorts(protocol);
  const port = (given: number | undefined, id: string, { from, to }: PortRange): Term =>
    ports ? (given ?? { kind: 'variable', id, domain: 'u16', universe: [from, to] }) : 0;
  return {
    family,
    protocol,
    saddr: named ?? (local ? UNCHOSEN : variable('source', family)),
    daddr,
    sport: port(flow.sourcePort, 'source port', sourcePorts(flow, world)),
    dport: port(flow.destinationPort, 'destination port', ALL_PORTS),
    dscp: flow.dscp ?? (local ? 0 : variable('dscp', 'u6')),
    ...(local ? ownHopLimit(family) : {}),
    mac: local ? undefined : (flow.mac?.toLowerCase() ?? variable('mac', 'text')),
    length: flow.length ?? variable('length', 'u16'),
    tcpFlags: protocol === TCP ? SYN : 0,
    icmpType: flow.icmpType ?? ECHO[family].request,
    icmpCode: flow.icmpCode ?? 0,
    mark: firstMark(flow),
    iif: flow.in ?? '',
    oif: '',
    local,
  };
}

function sourcePorts(flow: Flow, { index }: World): PortRange {
  if (flow.fromProgram !== true) return ALL_PORTS;
  if (flow.in !== undefined) return PROGRAM_PORTS;
  const [, from, to] = /^(\d+)\s+(\d+)$/.exec(index.sysctl('net.ipv4.ip_local_port_range') ?? '') ?? [];
  return from === undefined || to === undefined ? KERNEL_PORTS : { from: Number(from), to: Number(to) };
}

/**
 * IPV6_DEFAULT_HOPLIMIT; a socket or a route may have another one, which is as good for telling whether a rule changes
 * it.
 */
const HOP_LIMIT = 64;

function ownHopLimit(family: Flow['family']): Pick<Packet, 'hopLimit'> {
  return family === 'ipv6' ? { hopLimit: HOP_LIMIT } : {};
}

function firstMark({ mark }: Flow): Mark {
  if (mark === 'unknown') return unknownWord('mark on arrival');
  return mark === undefined ? 0 : mark >>> 0;
}

/** The first packet again; a flow's datagrams are not all of one length. */
export function repeatedPacket(first: Packet): Packet {
  return typeof first.length === 'number'
    ? first
    : { ...first, length: variable('length of the second', 'u16') };
}

/** The same direction after the reply: TCP's handshake is over. */
export function laterPacket(first: Packet): Packet {
  const length = typeof first.length === 'number' ? first.length : variable('length of a later one', 'u16');
  return { ...first, length, tcpFlags: first.protocol === TCP ? ACK : 0 };
}

/** The answer to a packet that left by an interface: it comes in there. */
export function replyFromOutside(sent: Packet, device: string): Packet {
  return {
    ...turned(sent),
    iif: device,
    oif: '',
    local: false,
    mark: 0,
    mac: variable('mac of the reply', 'text'),
    dscp: variable('dscp of the reply', 'u6'),
  };
}

/**
 * This machine's answer to a packet that was for it, if it has one; whether the mark is carried over is a sysctl's to
 * say (5.10).
 */
export function replyFromHere(received: Packet, world: World): Packet | undefined {
  const isShared = isForMany(received, world);
  if (isShared && !answersMany(received, world)) return undefined;
  const prefix = received.family === 'ipv4' ? 'net.ipv4' : 'net.ipv6';
  const reflects =
    received.protocol === TCP
      ? world.index.sysctl('net.ipv4.tcp_fwmark_accept') === '1'
      : isPing(received.protocol) && sysctlNumber(world, `${prefix}.fwmark_reflect`) === 1;
  const mark = reflects ? received.mark : 0;
  return {
    ...turned(received),
    ...(isShared && !keepsAnycast(received, world) ? { saddr: UNCHOSEN } : {}),
    iif: '',
    oif: '',
    local: true,
    ...ownHopLimit(received.family),
    mark,
    mac: undefined,
    // An echo's answer alone is of the same service (icmp_reply); a socket's own has none unless its program asks for one.
    dscp: isPing(received.protocol) ? received.dscp : 0,
  };
}

function isForMany({ family, daddr }: Packet, world: World): boolean {
  const type = localType(world, family, daddr);
  return isNoHost(daddr) || type === 'broadcast' || type === 'anycast';
}

/** TCP does not, and IPv4 answers an echo that many hear only where it is told to. */
function answersMany({ protocol, family }: Packet, world: World): boolean {
  if (protocol === TCP) return false;
  return (
    family === 'ipv6' ||
    protocol !== ICMP ||
    sysctlNumber(world, 'net.ipv4.icmp_echo_ignore_broadcasts', 1) === 0
  );
}

/** An address that others have as well is no source, unless the answer to an echo is told to have it (icmpv6_echo_reply). */
function keepsAnycast({ protocol, daddr }: Packet, { index }: World): boolean {
  return protocol === ICMPV6 && !isNoHost(daddr) && index.sysctl('net.ipv6.anycast_src_echo_reply') === '1';
}

function isPing(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMPV6;
}

function turned(packet: Packet): Packet {
  const isEcho = packet.icmpType === ECHO[packet.family].request;
  return {
    ...packet,
    ...invert(tupleOf(packet)),
    tcpFlags: packet.protocol === TCP ? SYN | ACK : 0,
    icmpType: isEcho ? ECHO[packet.family].reply : packet.icmpType,
    length: variable('length of the reply', 'u16'),
  };
}

/** The far end says that the port is closed: an error about the packet that left. */
export function errorAbout(sent: Packet, device: string): Packet {
  const { type, code } = ERROR[sent.family];
  return {
    ...replyFromOutside(sent, device),
    length: variable('length of the error', 'u16'),
    dscp: variable('dscp of the error', 'u6'),
    protocol: sent.family === 'ipv4' ? ICMP : ICMPV6,
    sport: 0,
    dport: 0,
    tcpFlags: 0,
    icmpType: type,
    icmpCode: code,
    about: tupleOf(sent),
  };
}
