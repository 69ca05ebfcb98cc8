import type { Part } from './lex.ts';
import type { Place } from './place.ts';
import type { Simple } from './tree.ts';

/** Where the scripts of a command's `$(…)` and backquotes stand. In plain loops: it is asked of every command. */
export function substitutionsIn({ words, assignments }: Simple): readonly Place[] {
  const found: Place[] = [];
  for (const { parts } of words) addFrom(parts, found);
  for (const { value, list = [] } of assignments) {
    addFrom(value, found);
    for (const { parts } of list) addFrom(parts, found);
  }
  return found;
}

function addFrom(parts: readonly Part[], found: Place[]): void {
  for (const part of parts) if (part.kind === 'unknown' && part.runs !== undefined) found.push(part.runs);
}
