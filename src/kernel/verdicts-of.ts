import { elementsOf } from './elements-of.ts';
import type { Table } from './netfilter.ts';
import type { Statement } from './statement.ts';
import type { Verdict } from './verdict.ts';

/** Every verdict a statement may give, those of its map among them. */
export function verdictsOf(statement: Statement, table: Table): readonly Verdict[] {
  if (statement.kind === 'verdict') return [statement.verdict];
  if (statement.kind !== 'vmap') return [];
  return elementsOf(statement.map, table).flatMap(({ value }) =>
    value?.kind === 'verdict' ? [value.verdict] : [],
  );
}
