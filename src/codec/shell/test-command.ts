import type { Status } from './reasons.ts';
import type { ScriptRun } from './script-run.ts';
import type { Simple } from './tree.ts';
import { expandValue, expandWords } from './variables.ts';

/** What ends the words of a test. */
const CLOSERS: ReadonlyMap<string, string | undefined> = new Map([
  ['test', undefined],
  ['[', ']'],
  ['[[', ']]'],
]);

export function isTestName(program: string): boolean {
  return CLOSERS.has(program);
}

/** `test`, `[` and `[[`: what they ask of words that are known. Files, and whether a variable is set, are the machine's. */
export function testWords(command: Simple, run: ScriptRun): Status {
  const words = wordsOf(command, run);
  return words === undefined ? undefined : holds(words);
}

function wordsOf({ words: tokens }: Simple, { variables }: ScriptRun): readonly string[] | undefined {
  // Within `[[` a word stays one, whatever is put in.
  const isWhole = tokens[0]?.parts[0]?.kind === 'text' && tokens[0].parts[0].text === '[[';
  const expanded = isWhole ? undefined : expandWords(tokens, variables);
  const words =
    expanded === undefined
      ? tokens.map(({ parts }) => expandValue(parts, variables))
      : 'words' in expanded
        ? expanded.words
        : [undefined];
  if (words.some((word) => word === undefined)) return undefined;
  const known = words.flatMap((word) => word ?? []);
  const closer = CLOSERS.get(known[0] ?? '');
  if (closer === undefined) return known.slice(1);
  return known.at(-1) === closer ? known.slice(1, -1) : undefined;
}

function holds(words: readonly string[]): Status {
  const [first = '', second = '', third = ''] = words;
  if (first === '!' && words.length > 1) return not(holds(words.slice(1)));
  switch (words.length) {
    case 0:
      return false;
    case 1:
      return first !== '';
    case 2:
      return first === '-n' ? second !== '' : first === '-z' ? second === '' : undefined;
    case 3:
      return compare(first, second, third);
    default:
      return undefined;
  }
}

function not(status: Status): Status {
  return status === undefined ? undefined : !status;
}

/** What stands on the right may be a pattern. */
const PATTERN = /[*?[\\]/;

const NUMBERS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
};

function compare(left: string, operator: string, right: string): Status {
  if (/^(?:==?|!=)$/.test(operator))
    return PATTERN.test(right) ? undefined : (left === right) === (operator !== '!=');
  const numbers = NUMBERS[operator];
  if (numbers === undefined || !/^-?\d+$/.test(left) || !/^-?\d+$/.test(right)) return undefined;
  return numbers(Number(left), Number(right));
}
