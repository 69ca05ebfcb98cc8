import type { Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Family } from '../../net/family.ts';
import { allRules, familiesOfRule } from '../all-rules.ts';
import { type MarkRead, markReads } from './mark-read.ts';
import { type MarkWrite, markWrite } from './mark-write.ts';

/** Where mark bits are written and asked for: all tables, all front ends. */
export interface MarkUses {
  readonly writes: readonly MarkWrite[];
  readonly reads: readonly MarkRead[];
  /** Something whose effect on marks is not known stands in the rulesets. */
  readonly unknown: boolean;
}

/** By the tables: what is assumed of a machine's routing is added to the same rules. */
const KNOWN = new WeakMap<readonly Table[], MarkUses>();

export function markUses({ tables }: Pick<KernelState, 'tables'>): MarkUses {
  const known = KNOWN.get(tables);
  if (known !== undefined) return known;
  const writes: MarkWrite[] = [];
  const reads: MarkRead[] = [];
  let unknown = false;
  for (const at of allRules(tables))
    for (const statement of at.rule.statements) {
      if (isPlain(statement)) continue;
      const write = markWrite(statement, at);
      if (write !== undefined) writes.push(write);
      for (const read of markReads(statement, at)) reads.push(read);
      unknown ||= statement.kind === 'unknown-target';
    }
  const uses = { writes, reads, unknown };
  KNOWN.set(tables, uses);
  return uses;
}

/** What most statements of a big ruleset are, and none of them knows of marks. */
function isPlain(statement: Statement): boolean {
  switch (statement.kind) {
    case 'match':
      return statement.left.kind === 'payload';
    case 'verdict':
    case 'counter':
    case 'inert':
      return true;
    default:
      return false;
  }
}

const KNOWN_OF: Readonly<Record<Family, WeakMap<readonly Table[], MarkUses>>> = {
  ipv4: new WeakMap(),
  ipv6: new WeakMap(),
};

/** Those that packets of this family meet. */
export function markUsesOf(state: Pick<KernelState, 'tables'>, family: Family): MarkUses {
  const known = KNOWN_OF[family].get(state.tables);
  if (known !== undefined) return known;
  const { writes, reads, unknown } = markUses(state);
  const isMet = ({ at }: MarkWrite | MarkRead) => familiesOfRule(at).includes(family);
  const uses = { writes: writes.filter(isMet), reads: reads.filter(isMet), unknown };
  KNOWN_OF[family].set(state.tables, uses);
  return uses;
}
