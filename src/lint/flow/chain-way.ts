import type { BaseChain, Chain, Table } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import { verdictsOf } from '../../kernel/verdicts-of.ts';
import type { RuleAt } from '../all-rules.ts';

/** A rule on the way to another: what must hold there is what stands before its `at`th statement. */
export interface WayStep {
  readonly at: RuleAt;
  readonly statement: number;
  /** The chain that a verdict map must give; absent: the statement is reached, and that is all. */
  readonly target?: string;
}

/** From a base chain by jumps to a rule, which is the last step. */
export interface ChainWay {
  readonly base: BaseChain;
  readonly steps: readonly WayStep[];
}

/** A rule that is reached in more ways than this is reached alike in most of them. */
const MAX_WAYS = 6;

/** nft's jump stack holds 16 (kernel-facts 2.5); xtables rulesets are seldom deeper. */
const MAX_DEPTH = 16;

interface Call {
  readonly step: WayStep;
  readonly chain: Chain;
}

const CALLS = new WeakMap<Table, ReadonlyMap<string, readonly Call[]>>();

/** The ways that lead to a statement of a rule, shortest first. */
export function waysTo(at: RuleAt, statement: number): readonly ChainWay[] {
  const calls = callsOf(at.table);
  const ways: ChainWay[] = [];
  let open: { readonly chain: Chain; readonly steps: readonly WayStep[] }[] = [
    { chain: at.chain, steps: [{ at, statement }] },
  ];
  for (let depth = 0; depth < MAX_DEPTH && open.length > 0 && ways.length < MAX_WAYS; depth += 1) {
    const next: typeof open = [];
    for (const { chain, steps } of open) {
      if (chain.base !== undefined) ways.push({ base: chain.base, steps });
      for (const call of calls.get(chain.name) ?? [])
        if (next.length < MAX_WAYS && !steps.some((step) => step.at.chain === call.chain))
          next.push({ chain: call.chain, steps: [call.step, ...steps] });
    }
    open = next;
  }
  return ways.slice(0, MAX_WAYS);
}

/** Jumps and gotos by the chain they lead to. */
function callsOf(table: Table): ReadonlyMap<string, readonly Call[]> {
  const known = CALLS.get(table);
  if (known !== undefined) return known;
  const calls = new Map<string, Call[]>();
  for (const chain of table.chains)
    for (const [index, rule] of chain.rules.entries())
      for (const [statement, one] of rule.statements.entries())
        for (const target of targetsOf(one, table)) {
          const step = { at: { table, chain, rule, index }, statement, target };
          const list = calls.get(target);
          if (list === undefined) calls.set(target, [{ step, chain }]);
          else list.push({ step, chain });
        }
  CALLS.set(table, calls);
  return calls;
}

function targetsOf(statement: Statement, table: Table): readonly string[] {
  if (statement.kind !== 'verdict' && statement.kind !== 'vmap') return [];
  return verdictsOf(statement, table).flatMap((verdict) => ('chain' in verdict ? [verdict.chain] : []));
}
