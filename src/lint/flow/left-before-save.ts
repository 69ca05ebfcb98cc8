import type { KernelState } from '../../kernel/state.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { PacketTrace } from '../../trace/trace.ts';
import { basesOfRule, type RuleAt } from '../all-rules.ts';
import type { MarkWrite } from '../marks/mark-write.ts';
import { leavingSteps } from './leaving.ts';
import { ENDS_BASE } from './leaving-verdicts.ts';
import { copies } from './marking.ts';
import { type RuleStep, sameRule } from './packet-facts.ts';
import { ruleOfRef, withRule } from './rule-of-ref.ts';
import { isWell, type Straying } from './well.ts';

/**
 * The rule that leaves before a save behind it, where rules in between mark whatever comes by: if it did not leave the
 * flow would be another one, so it is asked whether the save, done where it leaves, would keep it.
 */
export function leftBeforeSave(
  straying: Straying,
  first: PacketTrace,
  marking: RuleStep,
  /** What else would have to be right. */
  also: (state: KernelState) => KernelState = (state) => state,
): RuleStep | undefined {
  const { world } = straying;
  const saves = copies(world, 'connection');
  return leavingSteps(first, marking).find((step) => {
    const at = ruleOfRef(world.state, step.rule);
    if (at === undefined || !(ENDS_BASE.has(step.verdict) || step.verdict === 'return')) return false;
    // RETURN in a base chain ends it as ACCEPT does; another goes on where the chain was called.
    const isOwnOnly = step.verdict === 'return' && !isBase(at);
    return saves.some(
      (save) =>
        (!isOwnOnly || save.at.chain.name === step.rule.chain) &&
        isBehind(save, step, first) &&
        isWell(
          straying,
          also(withRule(world.state, at, (statements) => savingFirst(statements, save.at.rule.statements))),
        ),
    );
  });
}

function isBase({ chain }: RuleAt): boolean {
  return chain.base !== undefined;
}

/** In the same table and hook, and not met before. */
function isBehind({ at }: MarkWrite, { rule, hook }: RuleStep, first: PacketTrace): boolean {
  const { table, chain, index } = at;
  const isSameTable =
    table.name === rule.table && table.family === rule.family && table.frontend === rule.frontend;
  if (!isSameTable || !basesOfRule(at).some((base) => base.hook === hook)) return false;
  if (chain.name === rule.chain) return index > rule.index;
  const ref = { ...rule, chain: chain.name, index };
  return !first.steps.some((step) => step.kind === 'rule' && sameRule(step.rule, ref));
}

function savingFirst(statements: readonly Statement[], save: readonly Statement[]): readonly Statement[] {
  const isVerdict = ({ kind }: Statement) => kind === 'verdict';
  return [
    ...statements.filter((one) => !isVerdict(one)),
    ...save.filter((one) => !isVerdict(one)),
    ...statements.filter(isVerdict),
  ];
}
