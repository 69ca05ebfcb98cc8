import { settled } from './assumption.ts';
import type { Path } from './path.ts';
import { hasPorts } from './protocol.ts';
import { formatPoint, isPoint, type Mark, type Point, type Term } from './term.ts';
import type { MarkView, PacketView } from './trace.ts';

export function viewMark(mark: Mark): MarkView {
  return typeof mark === 'number' ? mark : { value: mark.value, unknown: mark.unknown };
}

/** The value where it is known, also by what the path supposes. */
function pointOf(path: Path, term: Term): Point | undefined {
  if (isPoint(term)) return term;
  return term.kind === 'variable' ? settled(path.assumptions, term) : undefined;
}

export function viewAddress(path: Path, term: Term): string {
  const point = pointOf(path, term);
  return point === undefined ? '?' : formatPoint(point, path.packet.family);
}

export function viewPort(path: Path, term: Term): string {
  const point = pointOf(path, term);
  return point === undefined ? '?' : String(point);
}

const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmpv6',
  132: 'sctp',
};

/** The name of a protocol, as far as it has one. */
export function protocolName(protocol: string | number): string {
  return typeof protocol === 'string' ? protocol : (PROTOCOL_NAMES[protocol] ?? `protocol ${protocol}`);
}

type Draft = { -readonly [K in keyof PacketView]: PacketView[K] };

/** Written member by member: it is made twice for every packet of every way. */
export function viewPacket(path: Path): PacketView {
  const { packet, connection } = path;
  const view: Draft = {
    source: viewAddress(path, packet.saddr),
    destination: viewAddress(path, packet.daddr),
    protocol: PROTOCOL_NAMES[packet.protocol] ?? String(packet.protocol),
    mark: viewMark(packet.mark),
    state: path.state,
  };
  if (packet.iif !== '') view.in = packet.iif;
  if (packet.oif !== '') view.out = viewDevice(packet.oif);
  if (hasPorts(packet.protocol)) {
    view.sourcePort = viewPort(path, packet.sport);
    view.destinationPort = viewPort(path, packet.dport);
  }
  if (connection !== undefined) view.connmark = viewMark(connection.mark);
  return view;
}

/** What has no ports has 0 there; the packet does not say it, as an ICMP error can be about a connection that has. */
export function viewTuple(path: Path, address: Term, port: Term): string {
  const host = viewAddress(path, address);
  if (port === 0) return host;
  return host.includes(':') ? `[${host}]:${viewPort(path, port)}` : `${host}:${viewPort(path, port)}`;
}

export function viewDevice(device: Term): string {
  return typeof device === 'object' ? '?' : String(device);
}
