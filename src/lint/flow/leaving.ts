import type { KernelState } from '../../kernel/state.ts';
import type { PacketTrace } from '../../trace/trace.ts';
import { returning, withoutLeaving } from './counterfactual.ts';
import { ENDS_BASE, LEAVES } from './leaving-verdicts.ts';
import { stepsAfter, stepsBefore } from './marking.ts';
import { type RuleStep, sameRule } from './packet-facts.ts';
import { ruleOfRef, withRule } from './rule-of-ref.ts';

/** More rules than these are not tried one by one. */
const MAX_TRIED = 8;

/**
 * Rules by which the walk was left early: accept, queue, return or goto in or after the one that marks, and a goto before it,
 * which never comes back to the chain it left.
 */
export function leavingSteps(packet: PacketTrace, marking: RuleStep): readonly RuleStep[] {
  const after = [marking, ...stepsAfter(packet, marking)].filter(isLeaving);
  const before = stepsBefore(packet, marking).filter(
    ({ verdict, hook }) => verdict?.startsWith('goto ') === true && hook === marking.hook,
  );
  return [...after, ...before].slice(0, MAX_TRIED);
}

export function isLeaving({ verdict }: RuleStep): boolean {
  return LEAVES.has(verdict?.split(' ')[0]);
}

/** A packet may leave by the next rule when one no longer leaves; beyond so many in a row nobody writes rules. */
const MAX_ROUNDS = 4;

/**
 * The first rule whose leaving is the cause: with it taken away (and, where that is not enough, those that leave then),
 * all is well. Undefined: leaving early is not what is wrong.
 */
export function culpritAmong(
  state: KernelState,
  packet: PacketTrace,
  marking: RuleStep,
  /** What becomes of the flow in another state: whether all is well, and its first packet as it is then. */
  attempt: (state: KernelState) => { readonly well: boolean; readonly first?: PacketTrace },
): RuleStep | undefined {
  const steps = [...leavingSteps(packet, marking)];
  const [first] = steps;
  if (first === undefined) return undefined;
  for (const step of steps) if (attempt(asIfStaying(state, [step])).well) return step;
  // Where the next rules of the chain mark otherwise, the flow stays itself only if they are passed over.
  for (const step of steps)
    if (ENDS_BASE.has(step.verdict) && attempt(changed(state, [step], returning)).well) return step;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const tried = attempt(asIfStaying(state, steps));
    if (tried.well) return first;
    const again = tried.first?.steps.find(
      (step) => step.kind === 'rule' && sameRule(step.rule, marking.rule),
    );
    if (tried.first === undefined || again?.kind !== 'rule') return undefined;
    const more = leavingSteps(tried.first, again).filter(
      (step) => !steps.some((one) => sameRule(one.rule, step.rule)),
    );
    if (more.length === 0) return undefined;
    steps.push(...more);
  }
  return undefined;
}

/** As if these rules did not leave. */
export function asIfStaying(state: KernelState, steps: readonly RuleStep[]): KernelState {
  return changed(state, steps, withoutLeaving);
}

function changed(state: KernelState, steps: readonly RuleStep[], change: typeof withoutLeaving): KernelState {
  const once = steps.filter((step, at) => steps.findIndex((one) => sameRule(one.rule, step.rule)) === at);
  return once.reduce((sum, { rule }) => {
    const at = ruleOfRef(sum, rule);
    return at === undefined ? sum : withRule(sum, at, change);
  }, state);
}
