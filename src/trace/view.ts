import { settled } from './assumption.ts';
import type { Path } from './path.ts';
import { hasPorts } from './read-term.ts';
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

const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' };

export function viewPacket(path: Path): PacketView {
  const { packet, connection } = path;
  return {
    ...(packet.iif === '' ? {} : { in: packet.iif }),
    ...(packet.oif === '' ? {} : { out: viewDevice(packet.oif) }),
    source: viewAddress(path, packet.saddr),
    destination: viewAddress(path, packet.daddr),
    protocol: NAMES[packet.protocol] ?? String(packet.protocol),
    ...(hasPorts(packet.protocol)
      ? { sourcePort: viewPort(path, packet.sport), destinationPort: viewPort(path, packet.dport) }
      : {}),
    mark: viewMark(packet.mark),
    ...(connection === undefined ? {} : { connmark: viewMark(connection.mark) }),
    state: path.state,
  };
}

export function viewTuple(path: Path, address: Term, port: Term): string {
  const host = viewAddress(path, address);
  if (!hasPorts(path.packet.protocol)) return host;
  return host.includes(':') ? `[${host}]:${viewPort(path, port)}` : `${host}:${viewPort(path, port)}`;
}

export function viewDevice(device: Term): string {
  return typeof device === 'object' ? '?' : String(device);
}
