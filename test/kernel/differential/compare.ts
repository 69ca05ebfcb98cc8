import type { KernelState } from '../../../src/kernel/state.ts';
import type { Flow } from '../../../src/trace/flow.ts';
import type { MarkView, PacketTrace, TracePath } from '../../../src/trace/trace.ts';
import { traceFlow } from '../../../src/trace/trace-flow.ts';
import type { TestFlow } from './generate.ts';
import { OWN, PACKETS, sizeOf } from './hosts.ts';
import type { Observation, Seen } from './lane.ts';
import { inFamily } from './variation.ts';

export interface Mismatch {
  readonly flow: TestFlow;
  readonly kernel: readonly string[];
  readonly trace: readonly (readonly string[])[];
}

export interface Compared {
  readonly mismatches: readonly Mismatch[];
  /** Packets that arrived and were compared. */
  readonly packets: number;
  /** ICMP errors about a flow's first packet, of these. */
  readonly errors: number;
  readonly ipv6: number;
  readonly tcp: number;
  readonly marked: number;
  /** Flows of which trace knew the one way. */
  readonly certain: number;
  readonly flows: number;
}

function isIpv6(flow: TestFlow): boolean {
  return flow.to.address.includes(':');
}

function toFlow(flow: TestFlow): Flow {
  // Nothing that is sent from outside has a source of the other WAN's.
  const device = flow.side === 'lan' ? 'lan0' : 'wan0';
  return {
    family: isIpv6(flow) ? 'ipv6' : 'ipv4',
    ...(flow.side === 'box' ? {} : { in: device }),
    ...(/^(?:0\.0\.0\.0|::)$/.test(flow.from.address) ? {} : { source: flow.from.address }),
    destination: flow.to.address,
    protocol: flow.protocol,
    mark: flow.mark,
    sourcePort: flow.from.port,
    destinationPort: flow.to.port,
    dscp: (flow.tos ?? 0) >> 2,
    uid: flow.uid ?? 0,
    gid: 0,
  };
}

/** For every flow: one of trace's ways must be what the kernel did with each of its packets. */
export function compare(observed: Observation): Compared {
  const { flows } = observed;
  const mismatches: Mismatch[] = [];
  const counted = { packets: 0, errors: 0, ipv6: 0, tcp: 0, marked: 0 };
  let certain = 0;
  for (const [at, flow] of flows.entries()) {
    const all = packetsOf(observed, flow, at);
    const { trace, names } = traceWithin(observed.state, toFlow(flow), all);
    const complete = names.length === all.length && !isToItself(flow);
    const isOwn = (text: string) => text.includes(`:${flow.from.port} `);
    const kernel = [
      ...names.map((name) => sayKernel(observed, at, PACKETS.indexOf(name))),
      ...(complete ? observed.connections.filter(isOwn) : []),
    ];
    const ways = trace.paths.map((path) => [
      ...names.map((name) => sayTrace(path, name)),
      ...(complete ? path.connections.map(sayConnection).filter(isOwn).sort() : []),
    ]);
    count(counted, flow, kernel.slice(0, names.length).filter((text) => text !== 'nothing').length);
    if (names.includes('E') && kernel[names.indexOf('E')] !== 'nothing') counted.errors += 1;
    if (trace.paths.length === 1) certain += 1;
    if (!ways.some((way) => agrees(way, kernel, ways.length > 1)))
      mismatches.push({ flow, kernel, trace: ways });
  }
  return { mismatches, ...counted, certain, flows: flows.length };
}

/**
 * Where chance is asked again for every packet, trace gives up the least likely ways and says so: then as many packets
 * are compared as it follows in every way.
 */
function traceWithin(state: KernelState, flow: Flow, all: readonly PacketTrace['name'][]) {
  for (let count = all.length; ; count -= 1) {
    const names = all.slice(0, count);
    const trace = traceFlow(state, flow, { packets: names });
    if (typeof trace === 'string') throw new Error(trace);
    if (trace.limits.length === 0 || count === 1) return { trace, names };
  }
}

/**
 * An answer that nobody gave (a host refused the packet) is not followed either. TCP sends what comes third when it
 * has an answer, and its SYN again only after a second, for which nobody waits.
 */
function packetsOf(observed: Observation, flow: TestFlow, at: number) {
  const { protocol } = flow;
  if (isToItself(flow)) return PACKETS.slice(0, protocol === 'udp' ? 2 : 1);
  const came = (name: (typeof PACKETS)[number]) => observed.arrived.has(sizeOf(at, PACKETS.indexOf(name)));
  return PACKETS.filter((name) => {
    if (name === 'R' || name === 'E') return came(name);
    return protocol === 'udp' || name === 'P1' || (name === 'P3' && came('P3'));
  });
}

/** What the router sends to itself; trace does not follow the answers. */
function isToItself({ side, to }: TestFlow): boolean {
  return side === 'box' && OWN.some((address) => [address, inFamily(address, 'ipv6')].includes(to.address));
}

type Counted = Record<'packets' | 'errors' | 'ipv6' | 'tcp' | 'marked', number>;

function count(counted: Counted, flow: TestFlow, packets: number): void {
  counted.packets += packets;
  if (isIpv6(flow)) counted.ipv6 += packets;
  if (flow.protocol === 'tcp') counted.tcp += packets;
  if (flow.mark !== 0) counted.marked += packets;
}

/** Where chance drops the first packet, trace follows that way no further: the next one is thrown for anew. */
function agrees(way: readonly string[], kernel: readonly string[], chance: boolean): boolean {
  if (chance && way[0] === 'nothing' && kernel[0] === 'nothing') return true;
  return way.length === kernel.length && way.every((text, at) => isSaid(text, kernel[at] ?? ''));
}

/** Of an address out of a range that a rule names, trace says no more; of a mark it may know some bits. */
function isSaid(text: string, kernel: string): boolean {
  const [one, two] = [text.split(' '), kernel.split(' ')];
  return one.length === two.length && one.every((word, at) => isWord(word, two[at] ?? ''));
}

function isWord(word: string, kernel: string): boolean {
  const [, value, unknown] = /^(\d+)~(\d+)$/.exec(word) ?? [];
  if (value !== undefined) return (Number(kernel) & ~Number(unknown)) >>> 0 === Number(value);
  return word === '?' || word === kernel;
}

/** `nothing`: no such packet was ever at the router, or it ended there, be it on its way through loopback. */
function sayKernel(observed: Observation, flow: number, packet: number): string {
  const seen = observed.seen.get(sizeOf(flow, packet));
  return seen === undefined || seen.exit === 'lo' ? 'nothing' : say(seen);
}

type Said = Omit<Seen, 'mark' | 'connmark'> & {
  readonly mark: number | string;
  readonly connmark: number | string | undefined;
};

function say({ exit, mark, connmark, source, destination }: Said): string {
  return `${exit} mark ${mark} connmark ${connmark ?? '-'} ${source} > ${destination}`;
}

function sayTrace({ packets }: TracePath, name: PacketTrace['name']): string {
  const packet = packets.find((each) => each.name === name);
  if (packet === undefined) return 'nothing';
  const { disposition, end } = packet;
  if (disposition.kind !== 'routed' && disposition.kind !== 'local') return 'nothing';
  const exit = disposition.kind === 'routed' ? disposition.interface : 'local';
  return say({
    exit,
    mark: sayMark(end.mark),
    connmark: end.connmark === undefined ? undefined : sayMark(end.connmark),
    source: end.source,
    destination: end.destination,
  });
}

/** The bits that are known, and those that are not. */
function sayMark(mark: MarkView): number | string {
  return typeof mark === 'number' ? mark : `${mark.value}~${mark.unknown}`;
}

function sayConnection({ source, destination, connmark }: TracePath['connections'][number]): string {
  const bare = (text: string) => text.replace(/[[\]]/g, '');
  return `${bare(source)} ${bare(destination)} mark=${typeof connmark === 'number' ? connmark : '?'}`;
}
