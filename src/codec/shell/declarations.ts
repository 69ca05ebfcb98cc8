import type { WordToken } from './lex.ts';

/** Commands whose words are assignments. */
export const DECLARATIONS = new Set(['export', 'readonly', 'local', 'declare', 'typeset']);

/** The sum of `((…))`. */
export function sumOf(word: WordToken | undefined): string | undefined {
  const [only, ...more] = word?.parts ?? [];
  return only?.kind === 'arithmetic' && more.length === 0 ? only.text : undefined;
}
