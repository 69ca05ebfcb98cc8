import type { Site, Wan } from '../../config/site.ts';
import type { ExpectedExit } from '../../lab/expected.ts';
import { mustTranslate } from '../../lab/judge.ts';
import { otherOwner, type Topology } from '../../lab/topology.ts';
import type { Disposition, PacketTrace, Trace } from '../../trace/trace.ts';
import type { VerifyFlow } from './verify-flows.ts';

/** Where a flow's first packets go, or for what comes in its answers: each way once. */
export interface Exits {
  readonly ways: readonly Way[];
  /** Sentences of the ways on which later packets go elsewhere. */
  readonly strayed: readonly string[];
}

export type Way =
  | { readonly kind: 'wan'; readonly wan: string; readonly source: string }
  | { readonly kind: 'unreachable' | 'blackhole' | 'local' }
  | { readonly kind: 'other'; readonly text: string };

export function exitsOf(site: Site, topology: Topology, trace: Trace | undefined): Exits {
  if (trace === undefined) return { ways: [{ kind: 'other', text: 'not traced' }], strayed: [] };
  const incoming = trace.flow.in !== undefined && isWanDevice(site, trace.flow.in);
  const ways = new Map<string, Way>();
  const strayed = new Set<string>();
  for (const path of trace.paths) {
    const first = path.packets[0];
    const reply = path.packets.find((packet) => packet.name === 'R');
    const asked = incoming && isGoing(first?.disposition) && reply !== undefined ? reply : first;
    if (asked !== undefined) addWay(ways, wayOf(site, topology, asked));
    if (path.outcome === 'changes' || path.outcome === 'broken') strayed.add(path.summary);
  }
  if (trace.limits.length > 0) addWay(ways, { kind: 'other', text: 'too many ways' });
  return { ways: [...ways.values()], strayed: [...strayed] };
}

function addWay(ways: Map<string, Way>, way: Way): void {
  ways.set(JSON.stringify(way), way);
}

function isWanDevice(site: Site, device: string): boolean {
  return site.wans.some((wan) => wan.interface === device);
}

function isGoing(disposition: Disposition | undefined): boolean {
  return disposition?.kind === 'routed' || disposition?.kind === 'local';
}

function wayOf(site: Site, topology: Topology, { disposition }: PacketTrace): Way {
  switch (disposition.kind) {
    case 'routed': {
      const { interface: device, gateway, source } = disposition;
      const wans = site.wans.filter((one) => one.interface === device);
      const wan = wans.length > 1 ? wans.find((one) => hasGateway(topology, one, gateway)) : wans[0];
      return wan === undefined ? { kind: 'other', text: device } : { kind: 'wan', wan: wan.name, source };
    }
    case 'local':
      return { kind: 'local' };
    case 'unreachable':
    case 'blackhole':
      return { kind: disposition.kind };
    default:
      return { kind: 'other', text: disposition.kind };
  }
}

function hasGateway(topology: Topology, wan: Wan, gateway: string | undefined): boolean {
  const links = topology.wans.find((one) => one.name === wan.name)?.links ?? [];
  return links.some((link) => link.gateway === gateway);
}

/** Why exits are not what the site asks for. */
export interface Fault {
  /** In full, with what the site asks for. */
  readonly wrong: string;
  /** What the flow does instead, for where it has been said what was asked for. */
  readonly instead: string;
}

/** Nothing when the exits are what the site asks for, else what is wrong with them. */
export function judgeExits(
  site: Site,
  topology: Topology,
  row: VerifyFlow,
  expected: ExpectedExit,
  { ways, strayed }: Exits,
): Partial<Fault> {
  const [fault] = ways.flatMap((way) => judgeWay(site, topology, row, expected, way));
  const [stray] = strayed;
  return fault ?? (stray === undefined ? {} : { wrong: stray, instead: stray });
}

const DELIVERED = 'delivered to the router itself';

function elsewhere(instead: string, expected: ExpectedExit): Fault {
  return { instead, wrong: `${instead}, where the site asks for ${sayExpected(expected)}` };
}

/** Wrong whatever the site asks for. */
function always(instead: string): Fault {
  return { instead, wrong: instead };
}

function leak({ instead, wrong }: Fault): Fault {
  return { instead, wrong: `leak: ${wrong}` };
}

function judgeWay(
  site: Site,
  topology: Topology,
  row: VerifyFlow,
  expected: ExpectedExit,
  way: Way,
): readonly Fault[] {
  switch (way.kind) {
    case 'wan':
      return judgeWan(site, topology, row, expected, way);
    case 'unreachable':
    case 'blackhole':
      return expected.kind === way.kind || (way.kind === 'unreachable' && leadsNowhere(expected))
        ? []
        : [elsewhere(way.kind, expected)];
    case 'local':
      return row.kind === 'inbound' ? [] : [always(DELIVERED)];
    case 'other':
      return [elsewhere(way.text, expected)];
  }
}

/** Main without a default route says unreachable too. */
function leadsNowhere(expected: ExpectedExit): boolean {
  return expected.kind === 'main' && expected.wan === undefined;
}

function judgeWan(
  site: Site,
  topology: Topology,
  row: VerifyFlow,
  expected: ExpectedExit,
  way: Extract<Way, { kind: 'wan' }>,
): readonly Fault[] {
  const allowed =
    expected.kind === 'wans'
      ? expected.shares.some((share) => share.wan === way.wan)
      : expected.kind === 'main' && expected.wan === way.wan;
  if (!allowed) return [leak(elsewhere(`leaves by ${way.wan}`, expected))];
  const { flow } = row;
  if (row.by !== undefined) return [];
  const owner = otherOwner(topology, way.wan, way.source);
  if (owner !== undefined) return [leak(always(`leaves by ${way.wan} with the address of ${owner}`))];
  if (flow.in === undefined || flow.source === undefined) return [];
  const inside = { ...flow, in: flow.in, protocol: String(flow.protocol) };
  if (!mustTranslate(site, way.wan, inside) || way.source !== flow.source) return [];
  return [leak(always(`leaves by ${way.wan} with its inside address ${way.source}`))];
}

export function sayExpected(expected: ExpectedExit): string {
  if (expected.kind === 'wans') return expected.shares.map((share) => share.wan).join(' or ');
  if (expected.kind !== 'main') return expected.kind;
  return expected.wan === undefined ? 'main routing' : `main routing (${expected.wan})`;
}
