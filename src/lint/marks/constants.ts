import type { Expression, SetElement } from '../../kernel/expression.ts';
import type { Table } from '../../kernel/netfilter.ts';

/** A choice of more values than this is no longer a list of marks. */
const MAX_VALUES = 4096;

/** The numbers an expression without a mark in it can be: a constant, a map's values, a choice by chance or hash. */
export function constantsOf(expression: Expression, table: Table): readonly number[] | undefined {
  switch (expression.kind) {
    case 'number':
      return [expression.value];
    case 'map':
      return mapped(expression.map, table);
    case 'numgen':
    case 'hash':
      return expression.modulus > MAX_VALUES
        ? undefined
        : Array.from({ length: expression.modulus }, (_, at) => (expression.offset + at) >>> 0);
    default:
      return undefined;
  }
}

function mapped(map: Expression, table: Table): readonly number[] | undefined {
  const elements = elementsOf(map, table);
  if (elements === undefined) return undefined;
  const values = elements.map(({ value }) => (value?.kind === 'number' ? value.value : undefined));
  return values.every((value) => value !== undefined) ? [...new Set(values)] : undefined;
}

/** Undefined for a named set that rules or programs fill while it runs, and for one that is not there. */
export function elementsOf(set: Expression, table: Table): readonly SetElement[] | undefined {
  if (set.kind === 'set') return set.elements;
  if (set.kind !== 'set-ref' || set.ipset === true) return undefined;
  const named = table.sets.find(({ name }) => name === set.name);
  return named === undefined || named.flags.includes('dynamic') || named.elements.length === 0
    ? undefined
    : named.elements;
}
