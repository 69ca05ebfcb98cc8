import { bare } from './assigned.ts';
import { readExpansion } from './expansion.ts';
import type { WordToken } from './lex.ts';
import type { Pipeline } from './tree.ts';

/** Why words of a loop are not known although they are written. */
export const OPEN = 'which files there are, or what braces become';

/** A pattern, or braces that one shell takes apart and another does not: `{1..3}`, `{a,b}`. */
export function isOpen(word: string): boolean {
  return /[*?[]|\{[^{}]*(?:,|\.\.)[^{}]*\}/.test(word);
}

/** Why a loop with `break` or `continue` is not followed: some of it runs less often than the loop. */
export const ENDS_EARLY = 'where the loop ends is decided when it runs';

/** Whether it has a `break` or `continue` that is this loop's own, or may be. */
export function leavesLoop(body: readonly Pipeline[], within = false): boolean {
  return body.some(({ commands }) =>
    commands.some((command) => {
      if (command.kind === 'simple') {
        const [first, levels] = command.words;
        if (first === undefined || !/^(?:break|continue)$/.test(bare(first))) return false;
        return !within || levels !== undefined;
      }
      if (command.what === 'function') return false;
      return leavesLoop(command.body, within || /^(?:for|while|until|select)$/.test(command.what));
    }),
  );
}

/** What `for` without `in` goes through: "$@". */
export const PARAMETERS: readonly WordToken[] = [
  { kind: 'word', parts: [readExpansion('$@', 0, true).part], start: 0, end: 0 },
];
