import { lexShell } from './lex.ts';
import { expandWord, type Variables } from './variables.ts';

/** Whether a command is one that prints numbers and nothing else. */
export function isSequence(text: string): boolean {
  return /^\s*seq\s/.test(text) && !/[;&|<>()`]/.test(text.replace(/\$\(\([^()]*\)\)/g, ''));
}

/** More rounds than a script that makes rules goes. */
const MOST = 4096;

/** What `seq LAST`, `seq FIRST LAST` or `seq FIRST STEP LAST` prints; undefined where a number is not known. */
export function sequenceOf(text: string, variables: Variables): string | undefined {
  const words: string[] = [];
  for (const token of lexShell(text, 0)) {
    const expanded = token.kind === 'word' ? expandWord(token, variables) : undefined;
    if (expanded === undefined || 'why' in expanded) return undefined;
    words.push(...expanded.words);
  }
  const [, ...given] = words;
  if (given.length < 1 || given.length > 3 || given.some((word) => !/^-?\d{1,9}$/.test(word)))
    return undefined;
  const numbers = given.map(Number);
  const last = numbers.at(-1) ?? 0;
  const first = numbers.length > 1 ? (numbers[0] ?? 1) : 1;
  const step = numbers.length > 2 ? (numbers[1] ?? 1) : 1;
  if (step === 0 || (last - first) / step > MOST) return undefined;
  const printed: number[] = [];
  for (let number = first; step > 0 ? number <= last : number >= last; number += step) printed.push(number);
  return printed.join('\n');
}
