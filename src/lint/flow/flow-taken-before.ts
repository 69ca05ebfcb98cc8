import type { TracePath } from '../../trace/trace.ts';
import type { RuleAt } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import { flowToRule } from './flow-to-rule.ts';
import { passesRule } from './packet-facts.ts';
import { otherwise, type ShownFlow } from './shown-flow.ts';
import { traceWithin } from './trace-within.ts';
import { withStatements } from './with-statements.ts';

/** A flow that a rule is for and that another one takes before; beside it, how it would fare without that one. */
export function flowTakenBefore(machine: Machine, at: RuleAt, by: RuleAt): ShownFlow | undefined {
  const shows = (path: TracePath) => passesRule(path, by);
  // Of most the first packet tells it; what is for answers alone is asked of them.
  const taken =
    flowToRule(machine, at, { packets: ['P1'], shows }) ??
    flowToRule(machine, at, { packets: ['P1', 'R', 'P3'], shows });
  if (taken === undefined) return undefined;
  const { world, flow } = taken;
  const names = taken.path.packets.map(({ name }) => name);
  const paths = traceWithin(machine, world, flow, names, withStatements(world.state, by, []))?.paths;
  const meant = paths?.find((path) => passesRule(path, at));
  return meant === undefined
    ? taken
    : { ...taken, otherwise: otherwise('without the rule before it', meant) };
}
