import type { Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { isMetBy } from '../all-rules.ts';
import { notables } from '../table-digest.ts';
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
  for (const at of notables(tables)) {
    const write = markWrite(at.statement, at);
    if (write !== undefined) writes.push(write);
    for (const read of markReads(at.statement, at)) reads.push(read);
    unknown ||= at.statement.kind === 'unknown-target';
  }
  const uses = { writes, reads, unknown };
  KNOWN.set(tables, uses);
  return uses;
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
  const isMet = ({ at }: MarkWrite | MarkRead) => isMetBy(at, family);
  const uses = { writes: writes.filter(isMet), reads: reads.filter(isMet), unknown };
  KNOWN_OF[family].set(state.tables, uses);
  return uses;
}
