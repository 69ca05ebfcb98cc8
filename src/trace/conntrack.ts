import { type Connection, invert, newConnection, sameTuple } from './connection.ts';
import { addStep, type Packet, type Path, type Tuple } from './path.ts';
import { ACK, ICMP, ICMPV6, RST, SYN, TCP } from './protocol.ts';
import { termKey } from './term.ts';
import { viewMark } from './view.ts';
import type { World } from './world.ts';

/** ICMP types that may begin a connection: echo, timestamp, information and address mask requests. */
const ICMP_REQUESTS: ReadonlySet<number> = new Set([8, 13, 15, 17]);
const ICMPV6_REQUESTS: ReadonlySet<number> = new Set([128, 139]);

/** Neighbour discovery and multicast listeners are never tracked (nf_conntrack_icmpv6_error). */
const FIRST_UNTRACKED = 130;
const LAST_UNTRACKED = 137;
const MLD2_REPORT = 143;

/** Looks up the packet's connection or makes a new one; after raw, before mangle (kernel-facts 1, 4). */
export function track(path: Path, world: World): void {
  // A packet that comes back by loopback brings its entry along.
  if (path.connection !== undefined) return;
  if (path.state !== 'untracked') findOrCreate(path, world);
  addStep(path, {
    kind: 'conntrack',
    hook: path.hook,
    state: path.state,
    ...entryOf(path),
  });
}

function entryOf({ connection, direction }: Path) {
  return connection === undefined ? {} : { direction, connmark: viewMark(connection.mark) };
}

function findOrCreate(path: Path, world: World): undefined {
  const { packet, flow } = path;
  if (flow.invalid === true) {
    path.state = 'invalid';
    return;
  }
  if (packet.about !== undefined) return findRelated(path, packet.about);
  if (isUntracked(packet)) {
    path.state = 'untracked';
    return;
  }
  const tuple = tupleOf(packet);
  for (const connection of path.connections) {
    if (sameTuple(connection.original, tuple)) return enter(path, connection, 'original');
    if (sameTuple(connection.reply, tuple)) return enter(path, connection, 'reply');
  }
  if (!mayBegin(packet)) {
    path.state = 'invalid';
    return;
  }
  world.connections += 1;
  path.direction = 'original';
  path.state = 'new';
  path.connection = newConnection(world.connections, tuple);
}

export function tupleOf({ saddr, daddr, sport, dport }: Packet): Tuple {
  return { saddr, daddr, sport, dport };
}

function enter(path: Path, connection: Connection, direction: 'original' | 'reply'): undefined {
  path.direction = direction;
  if (direction === 'original' && answersUnseen(path, connection)) {
    path.state = 'invalid';
    return;
  }
  const assured = isAssured(path.packet, direction, connection);
  path.connection = { ...connection, replied: connection.replied || direction === 'reply', assured };
  path.state = path.connection.replied ? 'established' : 'new';
}

/** What becomes of it with this packet; ICMP's never are. */
function isAssured(
  { protocol, tcpFlags }: Packet,
  direction: 'original' | 'reply',
  { replied, assured }: Connection,
): Connection['assured'] {
  if (!replied || assured !== false || protocol === ICMP || protocol === ICMPV6) return assured;
  if (protocol !== TCP) return 'unknown';
  return direction === 'original' && (tcpFlags & (SYN | ACK)) === ACK;
}

/** An ACK to a SYN+ACK that was not tracked fits no connection: it waits for the answer (tcp_conntracks, ack in sSS). */
function answersUnseen({ packet, packets }: Path, { replied }: Connection): boolean {
  const isAck = packet.protocol === TCP && (packet.tcpFlags & (SYN | ACK)) === ACK;
  return isAck && !replied && packets.some(({ name }) => name === 'R');
}

/**
 * An ICMP error belongs to the connection of the packet inside it (kernel-facts 4.4), if it goes to who sent that packet
 * (nf_conntrack_inet_error): a rule may have written another address into it.
 */
function findRelated(path: Path, about: Tuple): undefined {
  const answer = invert(about);
  path.state = 'invalid';
  for (const connection of path.connections) {
    const isReply = sameTuple(connection.reply, answer);
    if (!isReply && !sameTuple(connection.original, answer)) continue;
    const { daddr } = isReply ? connection.reply : connection.original;
    if (termKey(daddr) !== termKey(path.packet.daddr)) return;
    path.connection = connection;
    path.direction = isReply ? 'reply' : 'original';
    path.state = 'related';
    return;
  }
}

function isUntracked({ protocol, icmpType }: Packet): boolean {
  if (protocol !== ICMPV6) return false;
  return (icmpType >= FIRST_UNTRACKED && icmpType <= LAST_UNTRACKED) || icmpType === MLD2_REPORT;
}

/** TCP may be picked up in the middle (nf_conntrack_tcp_loose), but not at a SYN+ACK or a reset. */
function mayBegin({ protocol, tcpFlags, icmpType }: Packet): boolean {
  switch (protocol) {
    case TCP:
      return (tcpFlags & RST) === 0 && (tcpFlags & (SYN | ACK)) !== (SYN | ACK);
    case ICMP:
      return ICMP_REQUESTS.has(icmpType);
    case ICMPV6:
      return ICMPV6_REQUESTS.has(icmpType);
    default:
      return true;
  }
}

/** At the end of POSTROUTING and INPUT a new entry becomes one that later packets find. */
export function confirm(path: Path): void {
  const { connection } = path;
  if (connection === undefined || connection.confirmed) return;
  path.connection = { ...connection, confirmed: true };
  addStep(path, { kind: 'confirm', connmark: viewMark(connection.mark) });
}

/** What later packets find: this packet's entry as it left it. */
export function keepConnection(path: Path): void {
  const { connection } = path;
  if (connection === undefined || !connection.confirmed) return;
  const others = path.connections.filter((each) => each.id !== connection.id);
  path.connections = [...others, connection];
}
