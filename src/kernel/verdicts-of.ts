import type { Table } from './netfilter.ts';
import type { Statement } from './statement.ts';
import type { Verdict } from './verdict.ts';

/** Every verdict a statement may give, those of its map among them. */
export function verdictsOf(statement: Statement, table: Table): readonly Verdict[] {
  if (statement.kind === 'verdict') return [statement.verdict];
  if (statement.kind !== 'vmap') return [];
  const { map } = statement;
  const elements =
    map.kind === 'set'
      ? map.elements
      : map.kind === 'set-ref'
        ? (table.sets.find(({ name }) => name === map.name)?.elements ?? [])
        : [];
  return elements.flatMap(({ value }) => (value?.kind === 'verdict' ? [value.verdict] : []));
}
