import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { allRules, familiesOf } from '../all-rules.ts';
import { type MarkRead, markReads } from './mark-read.ts';
import { type MarkWrite, markWrite } from './mark-write.ts';

/** Where mark bits are written and asked for: all tables, all front ends. */
export interface MarkUses {
  readonly writes: readonly MarkWrite[];
  readonly reads: readonly MarkRead[];
  /** Something whose effect on marks is not known stands in the rulesets. */
  readonly unknown: boolean;
}

const KNOWN = new WeakMap<KernelState, MarkUses>();

export function markUses(state: KernelState): MarkUses {
  const known = KNOWN.get(state);
  if (known !== undefined) return known;
  const writes: MarkWrite[] = [];
  const reads: MarkRead[] = [];
  let unknown = false;
  for (const at of allRules(state.tables))
    for (const statement of at.rule.statements) {
      const write = markWrite(statement, at);
      if (write !== undefined) writes.push(write);
      for (const read of markReads(statement, at)) reads.push(read);
      unknown ||= statement.kind === 'unknown-target';
    }
  const uses = { writes, reads, unknown };
  KNOWN.set(state, uses);
  return uses;
}

/** Those that packets of this family meet. */
export function ofFamily<T extends MarkWrite | MarkRead>(uses: readonly T[], family: Family): readonly T[] {
  return uses.filter(({ at }) => familiesOf(at.table).includes(family));
}
