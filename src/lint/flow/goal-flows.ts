import type { Hook } from '../../kernel/netfilter.ts';
import type { Flow } from '../../trace/flow.ts';
import { intersect } from '../../trace/ranges.ts';
import type { Trace } from '../../trace/trace.ts';
import { basesOfRule } from '../all-rules.ts';
import { waysTo } from './chain-way.ts';
import { flowsOfWish, VARIATIONS } from './flows-of-wish.ts';
import { type Fork, forksOf, wishesAtFork } from './forks.ts';
import type { Goal } from './goals.ts';
import { passesRule } from './packet-facts.ts';
import type { Tracer } from './tracer.ts';
import { PUBLIC } from './unicast.ts';
import { anyPacket, type Wish, withField, withIn } from './wish.ts';
import { wishOfWay } from './wish-of-way.ts';
import type { World } from './world.ts';

/** What a packet must be to come to a goal, or simply to come in. */
interface Aim {
  /** Absent: wherever it goes. */
  readonly goal?: Goal;
  readonly hook: Hook;
  readonly wish: Wish;
}

/** Flows that come to the goals, on each way to them and from each side; then those that fare differently on the way. */
export function goalFlows(
  world: World,
  goals: readonly Goal[],
  tracer: Tracer,
  most: number,
): readonly Flow[] {
  const aims = goals.flatMap((goal) => aimsOf(world, goal));
  const straight = [...aims, ...replyAims(world, aims)].flatMap((aim) => flowsTo(world, aim, tracer));
  // Half as many again, so that big rulesets take little longer, and each fork has its share.
  const more = Math.ceil(most / 2);
  const forks = forksOf(world).slice(0, more);
  const share = Math.floor(more / forks.length);
  return [
    ...straight,
    ...forks.flatMap((fork) => {
      tracer.grant(share);
      return flowsAtFork(world, fork, [...plainAims(world), ...aims], tracer);
    }),
  ];
}

/**
 * Where every uplink has a mark for what comes in by it, replies are meant to go back there: also those of hosts inside
 * that can be reached from outside, and that rules tell apart.
 */
function replyAims(world: World, aims: readonly Aim[]): readonly Aim[] {
  const { entries, family, routed, wans } = world;
  if (!routed || !wans.every((wan) => entries.some(({ device }) => device === wan))) return [];
  return aims.flatMap((aim): readonly Aim[] => {
    const { saddr, sport, protocol } = aim.wish.fields;
    if (aim.hook !== 'prerouting' || saddr === undefined) return [];
    const to = withField(anyPacket(family), 'daddr', intersect(saddr, PUBLIC[family]), true);
    const from = protocol === undefined ? to : withField(to, 'protocol', protocol, true);
    const wish = sport === undefined ? from : withField(from, 'dport', sport, true);
    return wish.impossible ? [] : [{ ...aim, wish: withIn(wish, wans, true) }];
  });
}

function flowsAtFork(world: World, fork: Fork, aims: readonly Aim[], tracer: Tracer): readonly Flow[] {
  const found: Flow[] = [];
  for (const aim of aims)
    for (const wish of wishesAtFork(world, aim.wish, fork)) {
      if (tracer.isSpent) return found;
      found.push(...flowsTo(world, { ...aim, wish }, tracer));
    }
  return found;
}

/** What comes from inside, by each uplink, or from the router. */
function plainAims({ family, wans }: World): readonly Aim[] {
  const any = anyPacket(family);
  return [
    { hook: 'prerouting', wish: withIn(any, wans, false) },
    { hook: 'prerouting', wish: withIn(any, wans, true) },
    { hook: 'output', wish: any },
  ];
}

function aimsOf(world: World, goal: Goal): readonly Aim[] {
  if (basesOfRule(goal.at).length === 0) return [];
  return waysTo(goal.at, goal.statement).flatMap((way) => {
    const wish = wishOfWay(way, world.family, world.state);
    return wish === undefined ? [] : { goal, hook: way.base.hook, wish };
  });
}

function flowsTo(world: World, { goal, hook, wish }: Aim, tracer: Tracer): readonly Flow[] {
  const found: Flow[] = [];
  const sides = new Set<string>();
  for (let variation = 0; variation < VARIATIONS; variation += 1)
    for (const flow of flowsOfWish(wish, hook, world, variation)) {
      const side = `${flow.in} ${isOwn(world, flow)}`;
      if (sides.has(side)) continue;
      // Other values are asked of the first packet alone: most rules are for it.
      const trace = variation === 0 ? tracer.whole(flow) : tracer.first(flow);
      if (trace === undefined || (goal !== undefined && !passes(trace, goal))) continue;
      sides.add(side);
      found.push(flow);
    }
  return found;
}

function passes({ paths }: Trace, { at }: Goal): boolean {
  return paths.some((path) => passesRule(path, at));
}

function isOwn(world: World, { destination }: Flow): boolean {
  return world.state.addresses.some(({ address }) => address === destination);
}
