import type { Part } from './lex.ts';
import type { Simple } from './tree.ts';

/** Where the scripts of a command's `$(…)` and backquotes stand in the text. */
export function substitutionsIn({ words, assignments }: Simple): readonly Stretch[] {
  const parts = [
    ...words.flatMap((word) => word.parts),
    ...assignments.flatMap(({ value, list = [] }) => [...value, ...list.flatMap((word) => word.parts)]),
  ];
  return parts.flatMap((part) => (part.kind === 'unknown' && part.runs !== undefined ? [part.runs] : []));
}

type Stretch = NonNullable<Extract<Part, { kind: 'unknown' }>['runs']>;
