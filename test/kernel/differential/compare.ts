import type { Flow } from '../../../src/trace/flow.ts';
import type { PacketTrace, Trace, TracePath } from '../../../src/trace/trace.ts';
import { traceFlow } from '../../../src/trace/trace-flow.ts';
import type { TestFlow } from './generate.ts';
import { type Observation, PACKETS, type Seen, sizeOf } from './lane.ts';

export interface Mismatch {
  readonly flow: TestFlow;
  readonly kernel: readonly string[];
  readonly trace: readonly (readonly string[])[];
}

export interface Compared {
  readonly mismatches: readonly Mismatch[];
  /** Packets that arrived and were compared. */
  readonly packets: number;
  /** Flows of which trace knew the one way. */
  readonly certain: number;
  readonly flows: number;
}

export function toFlow(flow: TestFlow): Flow {
  const device = flow.side === 'lan' ? 'lan0' : flow.from.address.startsWith('203.') ? 'wan1' : 'wan0';
  return {
    family: 'ipv4',
    ...(flow.side === 'box' ? {} : { in: device }),
    ...(flow.from.address === '0.0.0.0' ? {} : { source: flow.from.address }),
    destination: flow.to.address,
    protocol: 'udp',
    sourcePort: flow.from.port,
    destinationPort: flow.to.port,
    dscp: 0,
    uid: 0,
    gid: 0,
  };
}

/** For every flow: one of trace's ways must be what the kernel did with each of its packets. */
export function compare(observed: Observation, flows: readonly TestFlow[]): Compared {
  const mismatches: Mismatch[] = [];
  let packets = 0;
  let certain = 0;
  for (const [at, flow] of flows.entries()) {
    // An answer that nobody gave (a host refused the packet) is not followed either.
    const answered = observed.arrived.has(sizeOf(at, PACKETS.indexOf('R')));
    const names = PACKETS.filter((name) => answered || name !== 'R');
    const trace = traceFlow(observed.state, toFlow(flow), { packets: names });
    if (typeof trace === 'string') throw new Error(trace);
    const port = flow.from.port;
    const kernel = [
      ...names.map((name) => sayKernel(observed, at, PACKETS.indexOf(name))),
      ...observed.connections.filter((text) => text.includes(`:${port} `)),
    ];
    const ways = trace.paths.map((path) => [
      ...names.map((name) => sayTrace(path, name)),
      ...path.connections.map(sayConnection).sort(),
    ]);
    packets += kernel.slice(0, names.length).filter((text) => text !== 'nothing').length;
    if (trace.paths.length === 1) certain += 1;
    if (!ways.some((way) => agrees(way, kernel, ways.length > 1)))
      mismatches.push({ flow, kernel, trace: ways });
  }
  return { mismatches, packets, certain, flows: flows.length };
}

/** Where chance drops the first packet, trace follows that way no further: the next one is thrown for anew. */
function agrees(way: readonly string[], kernel: readonly string[], chance: boolean): boolean {
  if (chance && way[0] === 'nothing' && kernel[0] === 'nothing') return true;
  return way.length === kernel.length && way.every((text, at) => text === kernel[at]);
}

/** `nothing`: no such packet was ever at the router, or it ended there. */
function sayKernel(observed: Observation, flow: number, packet: number): string {
  const seen = observed.seen.get(sizeOf(flow, packet));
  return seen === undefined ? 'nothing' : say(seen);
}

function say({ exit, mark, connmark, source, destination }: Seen): string {
  return `${exit} mark ${mark} connmark ${connmark ?? '-'} ${source} > ${destination}`;
}

function sayTrace({ packets }: TracePath, name: PacketTrace['name']): string {
  const packet = packets.find((each) => each.name === name);
  if (packet === undefined) return 'nothing';
  const { disposition, end } = packet;
  if (disposition.kind !== 'routed' && disposition.kind !== 'local') return 'nothing';
  const exit = disposition.kind === 'routed' ? disposition.interface : 'local';
  const number = (mark: Trace['paths'][number]['packets'][number]['end']['mark']) =>
    typeof mark === 'number' ? mark : Number.NaN;
  return say({
    exit,
    mark: number(end.mark),
    connmark: end.connmark === undefined ? undefined : number(end.connmark),
    source: end.source,
    destination: end.destination,
  });
}

function sayConnection({ source, destination, connmark }: TracePath['connections'][number]): string {
  return `${source} ${destination} mark=${typeof connmark === 'number' ? connmark : '?'}`;
}
