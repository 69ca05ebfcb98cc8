import type { KernelState } from '../kernel/state.ts';
import { lasts } from './assumption.ts';
import { newConnection } from './connection.ts';
import { keepConnection, tupleOf } from './conntrack.ts';
import { directAnswer } from './direct-answer.ts';
import type { Flow } from './flow.ts';
import { indexState } from './index-state.ts';
import { judgePath } from './judge-path.ts';
import { merge } from './merge.ts';
import { newPath, type Packet, type Path, unchain } from './path.ts';
import { isNoHost, isUnspecified } from './special-route.ts';
import {
  errorAbout,
  firstPacket,
  laterPacket,
  repeatedPacket,
  replyFromHere,
  replyFromOutside,
} from './start-packet.ts';
import { sayDisposition, sharedDevices, summarize } from './summarize.ts';
import { termKey } from './term.ts';
import type { Disposition, PacketName, PacketView, Trace } from './trace.ts';
import { viewPacket } from './view.ts';
import { receive, send } from './walk-packet.ts';
import { newWorld, type World } from './world.ts';

export interface TraceOptions {
  /** Packets to follow, in this order; default all. */
  readonly packets?: readonly PacketName[];
}

const ALL: readonly PacketName[] = ['P1', 'P1b', 'R', 'P3', 'E'];

/** Follows a flow through a state: packet after packet, with the connection carried along, every way it can go. */
export function traceFlow(state: KernelState, flow: Flow, options: TraceOptions = {}): Trace | string {
  const world = newWorld(indexState(state));
  const first = firstPacket(flow, world);
  if (first === undefined) return 'the flow needs addresses of its family and a protocol that is known';
  const start = newPath(flow, first);
  if (flow.connmark !== undefined) knowConnection(start, flow.connmark, world);
  let live: Path[] = [start];
  const finished: Path[] = [];
  for (const name of options.packets ?? ALL) {
    const after = live.flatMap((path) => followPacket(name, path, first, world));
    live = [];
    for (const path of merge(after, () => world.limits.add(`more ways than are followed after ${name}`)))
      (hasMore(path) ? live : finished).push(path);
  }
  const ways = [...finished, ...live].sort((a, b) => b.weight - a.weight);
  const shared = sharedDevices(ways);
  const paths = ways.map((way) => judgePath(way, shared));
  return {
    flow,
    paths,
    summary: summarize(flow, paths),
    limits: [...world.limits],
    assumed: [...world.assumed],
    unmodelled: [...world.unmodelled.values()],
  };
}

/**
 * A first packet that went nowhere has no successors: they would fare the same, or be another connection's first.
 * Unless it left something in a set: by that the next one may go elsewhere.
 */
function hasMore({ packets, updates }: Path): boolean {
  const kind = packets[0]?.disposition.kind;
  const last = packets.at(-1)?.disposition.kind;
  return (
    (kind === 'routed' || kind === 'local' || updates.length > 0) && last !== 'unknown' && last !== 'lost'
  );
}

function knowConnection(path: Path, connmark: number, world: World): void {
  world.connections += 1;
  const entry = newConnection(world.connections, tupleOf(path.packet));
  const done = { source: true, destination: true };
  path.connections = [
    { ...entry, mark: connmark >>> 0, confirmed: true, replied: true, assured: 'unknown', natDone: done },
  ];
}

/** The packet's way from this path, as one path for each way; without such a packet the path as it is. */
function followPacket(name: PacketName, before: Path, first: Packet, world: World): Path[] {
  const sent = before.sent;
  const packet = packetNamed(name, before, sent, first, world);
  if (packet === undefined) return [before];
  const path: Path = {
    ...before,
    packet,
    state: 'none',
    template: false,
    queued: false,
    direction: name === 'R' || name === 'E' ? 'reply' : 'original',
    connection: undefined,
    route: undefined,
    exit: undefined,
    steps: undefined,
    end: undefined,
    assumptions: forNextPacket(before),
  };
  const view = viewPacket(path);
  const lost = name === 'R' && sent !== undefined ? directAnswer(first, sent, world) : undefined;
  if (lost !== undefined) return [finishPacket(name, { ...path, end: { kind: 'lost', reason: lost } }, view)];
  const ways = packet.local ? send(path, world) : receive([path], world);
  return ways.map((way) => finishPacket(name, way, view));
}

/** What was decided of one packet alone says nothing of the next. */
function forNextPacket({ assumptions }: Path): Path['assumptions'] {
  if (assumptions.decisions.size === 0) return assumptions;
  const kept = [...assumptions.decisions].filter(([key, answer]) => lasts(key, answer));
  return { ...assumptions, decisions: new Map(kept) };
}

function packetNamed(
  name: PacketName,
  { flow }: Path,
  sent: Packet | undefined,
  first: Packet,
  world: World,
): Packet | undefined {
  switch (name) {
    case 'P1':
      return first;
    case 'P1b':
      return repeatedPacket(first);
    case 'P3':
      return laterPacket(first);
    case 'R': {
      if (sent === undefined || sent.iif === 'lo' || isUnspecified(first.saddr)) return undefined;
      if (sent.oif === '') return replyFromHere(sent, world);
      if (isNoHost(sent.daddr)) return undefined;
      return replyFromOutside(sent, flow.replyIn ?? deviceOf(sent));
    }
    case 'E':
      return sent === undefined || sent.oif === '' || sent.iif === 'lo' || isNoHost(sent.daddr)
        ? undefined
        : errorAbout(sent, flow.replyIn ?? deviceOf(sent));
  }
}

function deviceOf({ oif }: Packet): string {
  return typeof oif === 'string' ? oif : '?';
}

/** Two gateways behind one device are two ways. */
function gatewayOf(disposition: Disposition): string {
  return disposition.kind === 'routed' ? (disposition.gateway ?? '') : '';
}

function finishPacket(name: PacketName, path: Path, start: PacketView): Path {
  keepConnection(path);
  const disposition = path.end ?? { kind: 'unknown' as const, reason: 'the walk stopped' };
  const end = viewPacket(path);
  const goes = disposition.kind === 'routed' || disposition.kind === 'local';
  return {
    ...path,
    // Replies answer the first packet as it went out.
    sent: name === 'P1' && goes ? path.packet : path.sent,
    packets: [
      ...path.packets,
      {
        name,
        direction: path.direction,
        start,
        steps: unchain(path.steps),
        end,
        disposition,
      },
    ],
    history: `${path.history};${sayDisposition(disposition)} ${gatewayOf(disposition)} ${termKey(path.packet.mark)} ${path.connection === undefined ? '' : termKey(path.connection.mark)}`,
    steps: undefined,
    connection: undefined,
  };
}
