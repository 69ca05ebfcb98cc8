import type { Rule } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { RuleRef } from '../../trace/trace.ts';

/** The rule that a trace names. Chains of one name may come from several files: the place tells which it is. */
export function ruleOf({ tables }: KernelState, ref: RuleRef): Rule | undefined {
  for (const { frontend, family, name, chains } of tables) {
    if (frontend !== ref.frontend || family !== ref.family || name !== ref.table) continue;
    const rule = chains.find((chain) => chain.name === ref.chain)?.rules[ref.index];
    if (rule !== undefined && rule.span === ref.span) return rule;
  }
  return undefined;
}
