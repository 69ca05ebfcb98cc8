import type { KernelState } from '../../kernel/state.ts';
import type { PacketTrace } from '../../trace/trace.ts';
import { withoutLeaving } from './counterfactual.ts';
import { stepsAfter } from './marking.ts';
import { type RuleStep, sameRule } from './packet-facts.ts';
import { ruleOfRef, withRule } from './rule-of-ref.ts';

/** More rules than these are not tried one by one. */
const MAX_TRIED = 8;

/** Rules by which the walk was left early, after (or in) the one that marks: accept, return, goto. */
export function leavingSteps(packet: PacketTrace, marking: RuleStep): readonly RuleStep[] {
  const steps = [marking, ...stepsAfter(packet, marking)].filter(
    ({ verdict }) => verdict !== undefined && /^(?:accept|return|goto )/.test(verdict),
  );
  return steps.slice(0, MAX_TRIED);
}

/**
 * The first rule whose leaving is the cause: with it taken away (and, where that is not enough, all of them), all is
 * well. Undefined: leaving early is not what is wrong.
 */
export function culpritAmong(
  state: KernelState,
  steps: readonly RuleStep[],
  isWell: (state: KernelState) => boolean,
): RuleStep | undefined {
  for (const step of steps) if (isWell(without(state, [step]))) return step;
  const [first, ...more] = steps;
  return first !== undefined && more.length > 0 && isWell(without(state, steps)) ? first : undefined;
}

function without(state: KernelState, steps: readonly RuleStep[]): KernelState {
  const once = steps.filter((step, at) => steps.findIndex((one) => sameRule(one.rule, step.rule)) === at);
  return once.reduce((sum, { rule }) => {
    const at = ruleOfRef(sum, rule);
    return at === undefined ? sum : withRule(sum, at, withoutLeaving);
  }, state);
}
