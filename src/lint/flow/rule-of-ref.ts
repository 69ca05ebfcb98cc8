import type { Chain, Rule, Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { RuleRef } from '../../trace/trace.ts';
import type { RuleAt } from '../all-rules.ts';

/** The rule a step of a trace speaks of. Two tables of one name: the one that has the rule. */
export function ruleOfRef(state: KernelState, ref: RuleRef): RuleAt | undefined {
  for (const table of state.tables) {
    if (!isTable(table, ref)) continue;
    const chain = table.chains.find(({ name }) => name === ref.chain);
    const rule = chain?.rules[ref.index];
    if (chain !== undefined && rule !== undefined && rule.span?.start === ref.span?.start)
      return { table, chain, rule, index: ref.index };
  }
  return undefined;
}

function isTable(table: Table, ref: RuleRef): boolean {
  return table.name === ref.table && table.family === ref.family && table.frontend === ref.frontend;
}

/** The state with other statements in one rule. */
export function withRule(
  state: KernelState,
  at: RuleAt,
  change: (statements: readonly Statement[]) => readonly Statement[],
): KernelState {
  const rule: Rule = { ...at.rule, statements: change(at.rule.statements) };
  return withChain(state, at, (chain) => ({
    ...chain,
    rules: chain.rules.map((one, index) => (index === at.index ? rule : one)),
  }));
}

export function withChain(
  state: KernelState,
  { table, chain }: RuleAt,
  change: (chain: Chain) => Chain,
): KernelState {
  const tables = state.tables.map((one) =>
    one === table
      ? { ...one, chains: one.chains.map((each) => (each === chain ? change(each) : each)) }
      : one,
  );
  return { ...state, tables };
}
