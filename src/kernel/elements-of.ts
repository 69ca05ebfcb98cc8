import type { Expression, SetElement } from './expression.ts';
import type { Table } from './netfilter.ts';

/** What stands in a map or set, be it a named one. */
export function elementsOf(map: Expression, table: Table): readonly SetElement[] {
  if (map.kind === 'set') return map.elements;
  return map.kind === 'set-ref' ? (table.sets.find(({ name }) => name === map.name)?.elements ?? []) : [];
}
