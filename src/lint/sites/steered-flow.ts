import { isForRouter } from '../../config/for-router.ts';
import type { Matching, Site, SteeringMatch, SteeringRule, Wan } from '../../config/site.ts';
import { symbolNumber } from '../../kernel/symbol.ts';
import type { Family } from '../../net/family.ts';
import type { Prefix } from '../../net/prefix.ts';
import { networkOf } from '../../net/prefix.ts';
import type { Flow } from '../../trace/flow.ts';
import { networkStretch } from '../../trace/operand.ts';
import { TCP } from '../../trace/protocol.ts';
import { type Ranges, uniteAll } from '../../trace/ranges.ts';
import { addressPoint } from '../../trace/term.ts';
import type { TracePath } from '../../trace/trace.ts';
import { hostRoute } from '../flow/build-routing.ts';
import { flowsOfWish } from '../flow/flows-of-wish.ts';
import { plainWorld } from '../flow/plain-world.ts';
import { otherwise, type ShownFlow } from '../flow/shown-flow.ts';
import { traceWithin } from '../flow/trace-within.ts';
import { anyPacket, type Field, type Wish, withField, withIn } from '../flow/wish.ts';
import type { World } from '../flow/world.ts';
import { plannedMachine } from './planned-machine.ts';

/** Each takes two plans of the site: more of them show the same again. */
const MOST = 6;

const SHOWN = new WeakMap<Site, number>();

/** A connection that the steering rule is for, as the site sends it, and as it would with the rule put first. */
export function flowOfSteering(site: Site, rule: SteeringRule, family: Family): ShownFlow | undefined {
  const count = SHOWN.get(site) ?? 0;
  SHOWN.set(site, count + 1);
  if (count >= MOST) return undefined;
  const taken = follow(site, rule, family);
  const meant = follow({ ...site, steering: [rule, ...others(site, rule)] }, rule, family);
  const exits = new Set(meant?.paths.map(exitOf));
  // Policies that have WANs in common may draw the same one for a connection, which shows nothing.
  const path = taken?.paths.find((one) => !exits.has(exitOf(one))) ?? taken?.paths[0];
  if (taken === undefined || path === undefined) return undefined;
  const shown = { world: taken.world, flow: taken.flow, path };
  const [first] = meant?.paths ?? [];
  if (first === undefined) return shown;
  return { ...shown, otherwise: otherwise(`with "${rule.name}" above the others`, first) };
}

function others({ steering }: Site, rule: SteeringRule): readonly SteeringRule[] {
  return steering.filter((one) => one !== rule);
}

function exitOf({ packets: [first] }: TracePath): string {
  return first?.disposition.kind === 'routed' ? first.disposition.interface : '';
}

/** The router's own connection of a family, as `local_traffic` sends it by this WAN. */
export function ownFlowBy(site: Site, wan: Wan, family: Family): ShownFlow | undefined {
  // What no rule is for goes by the main table then.
  if (site.localTraffic === undefined) return undefined;
  const machine = plannedMachine(site);
  const world = plainWorld(machine, family);
  const wish = withField(anyPacket(family), 'protocol', [TCP, TCP], true);
  const [flow] = flowsOfWish(wish, 'output', world);
  const paths = flow === undefined ? [] : (traceWithin(machine, world, flow)?.paths ?? []);
  const path = paths.find(({ packets: [first] }) => {
    return first?.disposition.kind === 'routed' && first.disposition.interface === wan.interface;
  });
  return flow === undefined || path === undefined ? undefined : { world, flow, path };
}

interface Followed {
  readonly world: World;
  readonly flow: Flow;
  readonly paths: readonly TracePath[];
}

function follow(site: Site, { match }: SteeringRule, family: Family): Followed | undefined {
  // What a set or a domain holds is known on the router alone.
  if (match.set !== undefined || match.domain !== undefined) return undefined;
  const machine = plannedMachine(site);
  const world = plainWorld(machine, family);
  const isRouter = isForRouter(match);
  const wish = wishOf(match, family, site.lan);
  const [flow] = wish.impossible ? [] : flowsOfWish(wish, isRouter ? 'output' : 'prerouting', world);
  if (flow === undefined) return undefined;
  const [mac] = match.mac === undefined || match.mac.negated ? [] : match.mac.values;
  const asked = mac === undefined ? flow : { ...flow, mac };
  const { in: device, source } = asked;
  const behind = device === undefined || source === undefined ? [] : [hostRoute(family, source, device)];
  // The host that sends it is where it sends from.
  const state = { ...world.state, routes: [...world.state.routes, ...behind] };
  const paths = traceWithin(machine, world, asked, undefined, state)?.paths ?? [];
  return { world, flow: asked, paths };
}

function wishOf(match: SteeringMatch, family: Family, lan: readonly string[]): Wish {
  const names = match.in === undefined || match.in.negated ? lan : match.in.values;
  const inside = isForRouter(match) ? anyPacket(family) : withIn(anyPacket(family), names, true);
  const icmp = family === 'ipv4' ? 1 : 58;
  const numberOf = (name: string) => (name === 'icmp' ? icmp : symbolNumber('inet_proto', name));
  const protocols = within(match.protocol, (name) => {
    const number = numberOf(name);
    return number === undefined ? undefined : [number, number];
  });
  const asksPorts = match.sourcePort !== undefined || match.destinationPort !== undefined;
  const fields: readonly (readonly [Field, Within | undefined])[] = [
    ['protocol', protocols ?? (asksPorts ? { ranges: [TCP, TCP], inside: true } : undefined)],
    ['saddr', within(match.source, (prefix) => stretchOf(prefix, family))],
    ['daddr', within(match.destination, (prefix) => stretchOf(prefix, family))],
    ['sport', within(match.sourcePort, ({ from, to }) => [from, to])],
    ['dport', within(match.destinationPort, ({ from, to }) => [from, to])],
    ['dscp', within(match.dscp, (value) => [value, value])],
    ['uid', within(match.uid, (value) => [value, value])],
  ];
  return fields.reduce(
    (wish, [field, asked]) =>
      asked === undefined ? wish : withField(wish, field, asked.ranges, asked.inside),
    inside,
  );
}

interface Within {
  readonly ranges: Ranges;
  readonly inside: boolean;
}

function within<T>(
  matching: Matching<T> | undefined,
  rangeOf: (value: T) => Ranges | undefined,
): Within | undefined {
  if (matching === undefined) return undefined;
  const ranges = uniteAll(
    matching.values.flatMap((value) => {
      const one = rangeOf(value);
      return one === undefined ? [] : [one];
    }),
  );
  return ranges.length === 0 ? undefined : { ranges, inside: !matching.negated };
}

function stretchOf(prefix: Prefix, family: Family): Ranges | undefined {
  const { address, length } = networkOf(prefix);
  const point = prefix.family === family ? addressPoint(address, family) : undefined;
  return point === undefined ? undefined : networkStretch(point, length);
}
