import type { Flow } from '../../trace/flow.ts';
import type { PacketTrace, TracePath } from '../../trace/trace.ts';
import { isPrivate } from '../private-networks.ts';
import { bitsOf, exitDevice, exitOf, isDestroyed, packetOf, routedMark } from './packet-facts.ts';
import type { World } from './world.ts';

/** The packet that goes astray: a later one of the same direction, or the reply to a connection from outside. */
export type Astray = 'P1b' | 'R' | 'P3';

/** Which packets of a way go astray for their marks, the first packet being right by definition (kernel-facts 6.3). */
export function astrayOf(world: World, flow: Flow, path: TracePath): readonly Astray[] {
  const first = packetOf(path, 'P1');
  // A proxy that does not run takes no packets: such ways say nothing of marks.
  if (first === undefined || exitOf(first) === undefined || path.conditions.some(isIdleProxy)) return [];
  if (changesSocket(path)) return [];
  if (isInbound(world, flow, first))
    return isMeantToReturn(world, flow, first) && replyStrays(path, flow) ? ['R'] : [];
  return (['P1b', 'P3'] as const).filter((name) => {
    const packet = packetOf(path, name);
    return packet !== undefined && strays(world, first, packet);
  });
}

function isIdleProxy({ text, holds }: TracePath['conditions'][number]): boolean {
  return !holds && text.startsWith('a socket takes');
}

/**
 * A connection that a socket of this machine has is its own for all of it: ways on which some packets have one and others
 * do not are none that a proxy's connections go.
 */
function changesSocket({ conditions }: TracePath): boolean {
  return conditions.some(
    ({ text, holds }) =>
      SOCKET.test(text) && conditions.some((other) => other.text === text && other.holds !== holds),
  );
}

/** xtables' match and nft's expression. */
const SOCKET = /^(?:-m socket|socket)\b/;

/** A connection from outside to the router or a host inside: what counts is the way of its replies. */
export function isInbound(world: World, flow: Flow, first: PacketTrace): boolean {
  const device = exitDevice(first);
  const inside = device === undefined ? exitOf(first) === 'this machine' : !world.wans.includes(device);
  return flow.in !== undefined && world.wans.includes(flow.in) && inside;
}

function strays(world: World, first: PacketTrace, packet: PacketTrace): boolean {
  if (isDestroyed(packet)) return true;
  const exit = exitOf(packet);
  if (exit === undefined || exit === exitOf(first)) return false;
  const before = bitsOf(routedMark(first), world.bits);
  const after = bitsOf(routedMark(packet), world.bits);
  return before !== undefined && after !== undefined && before !== after;
}

/** Where routes are made up, a mark that has nothing to do with where the connection came in says nothing of its replies. */
function isMeantToReturn(world: World, flow: Flow, first: PacketTrace): boolean {
  const mark = routedBits(world, first);
  // Nobody outside sends to a private address: what is forwarded comes to the router's own.
  if (world.routed && exitOf(first) !== 'this machine' && isPrivate(flow.destination, world.family))
    return false;
  if (world.routed || mark === undefined) return mark !== undefined;
  return world.entries.some(
    ({ device, value, mask }) => device === flow.in && ((mark ^ value) & mask & world.bits) === 0,
  );
}

/** Whether the reply leaves, but not by where the connection came in. */
function replyStrays(path: TracePath, flow: Flow): boolean {
  const reply = packetOf(path, 'R');
  if (reply === undefined) return false;
  const exit = exitOf(reply);
  if (exit === undefined || exit === 'this machine') return false;
  return exitDevice(reply) !== flow.in;
}

/** Packet marks when it was routed, under the bits that route. */
export function routedBits(world: World, packet: PacketTrace | undefined): number | undefined {
  return packet === undefined ? undefined : bitsOf(routedMark(packet), world.bits);
}

export function connBits(world: World, packet: PacketTrace | undefined): number | undefined {
  return bitsOf(packet?.end.connmark, world.bits);
}
