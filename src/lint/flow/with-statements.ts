import type { KernelState } from '../../kernel/state.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { RuleAt } from '../all-rules.ts';

/** The state with other statements in one rule, which keeps its place; sets of its table may have been filled. */
export function withStatements(
  state: KernelState,
  { table, chain, index }: RuleAt,
  statements: readonly Statement[],
): KernelState {
  const tables = state.tables.map((one) => {
    if (one.name !== table.name || one.family !== table.family || one.frontend !== table.frontend) return one;
    const chains = one.chains.map((each) => {
      if (each !== chain) return each;
      return {
        ...each,
        rules: each.rules.map((rule, at) => (at === index ? { ...rule, statements } : rule)),
      };
    });
    return { ...one, chains };
  });
  return { ...state, tables };
}
