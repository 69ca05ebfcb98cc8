import type { Hook } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import type { Flow } from '../../trace/flow.ts';
import type { PacketName, TracePath } from '../../trace/trace.ts';
import { familiesOf, type RuleAt } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import { waysTo } from './chain-way.ts';
import { flowsOfWish, VARIATIONS } from './flows-of-wish.ts';
import { passesRule } from './packet-facts.ts';
import { ownAddressesOf } from './places.ts';
import { plainWorld } from './plain-world.ts';
import type { ShownFlow } from './shown-flow.ts';
import { isSpent, traceWithin } from './trace-within.ts';
import type { Wish } from './wish.ts';
import { wishOfWay } from './wish-of-way.ts';
import { withStatements } from './with-statements.ts';
import type { World } from './world.ts';

export interface WantedFlow {
  readonly family?: Family;
  /** The packet comes as far as this statement of the rule, and what it does there does not matter. */
  readonly statements?: number;
  /** What the packet comes with: from its socket, or from before. */
  readonly brings?: Pick<Flow, 'mark' | 'connmark'>;
  readonly packets?: readonly PacketName[];
  /** Whether it shows what is to be shown; default: a packet is changed or judged by the rule. */
  readonly shows?: (path: TracePath, world: World) => boolean;
}

/** A flow that comes to the rule on one of the ways that lead there; undefined where none was found. */
export function flowToRule(machine: Machine, at: RuleAt, wanted: WantedFlow = {}): ShownFlow | undefined {
  if (isSpent(machine)) return undefined;
  const { statements = at.rule.statements.length, shows = (path) => passesRule(path, at) } = wanted;
  const isCut = statements < at.rule.statements.length;
  const cut = isCut ? at.rule.statements.slice(0, statements) : at.rule.statements;
  const families = familiesOf(at.table).filter((one) => wanted.family === undefined || one === wanted.family);
  for (const family of families) {
    const world = plainWorld(machine, family);
    for (const way of waysTo(at, statements)) {
      const wish = wishOfWay(way, family, world.state);
      if (wish === undefined) continue;
      for (let variation = 0; variation < VARIATIONS; variation += 1)
        for (const one of flowsAt(wish, way.base.hook, world, variation)) {
          const flow = { ...one, ...wanted.brings };
          const follow = (state: KernelState) =>
            traceWithin(machine, world, flow, wanted.packets, state)?.paths ?? [];
          // Of a rule that does nothing more a step tells that the packet came to it.
          const state = isCut ? withStatements(world.state, at, cut) : world.state;
          const found = follow(state).find((each) => shows(each, world));
          const path = found !== undefined && isCut ? follow(world.state)[0] : found;
          if (path !== undefined) return { world, flow, path };
        }
    }
  }
  return undefined;
}

/** What the router answers itself is asked of its own address. */
function flowsAt(wish: Wish, hook: Hook, world: World, variation: number): readonly Flow[] {
  const flows = flowsOfWish(wish, hook, world, variation);
  if (hook !== 'input' || wish.fields.daddr !== undefined) return flows;
  return flows.map((flow) => {
    const [own] = flow.in === undefined ? [] : ownAddressesOf(world, flow.in);
    return own === undefined ? flow : { ...flow, destination: own };
  });
}
