import type { Part, WordToken } from './lex.ts';
import type { Status } from './reasons.ts';
import { expandWord, expandWords, type Variables } from './variables.ts';

/** The words that a script, a function or a shell was started with: $1, $2 … each, and all of them as the array @. */
export interface Parameters {
  /** In their order; undefined where a word is not known. */
  readonly words: readonly (string | undefined)[];
  /** Whether there are no more than these. */
  readonly isAll: boolean;
}

/** No script of rules has more words; `set -- "$@" "$@"` makes twice as many each time. */
const MOST = 4096;

/** Nobody knows how many there are. */
export const UNKNOWN: Parameters = { words: [], isAll: false };

export function setParameters({ words, isAll }: Parameters, variables: Variables): void {
  for (const name of parameterNames(variables)) variables.delete(name);
  for (const [at, word] of words.entries()) variables.set(String(at + 1), word);
  const entries = new Map(words.map((word, at) => [String(at), word]));
  variables.set('@', isAll ? { kind: 'array', keyed: false, entries } : undefined);
}

export function parameterNames(variables: Variables): readonly string[] {
  return [...variables.keys()].filter((name) => /^(?:[1-9]\d*|@)$/.test(name));
}

/** The parameters that words become. Behind a word that may become any number of them none is known. */
export function parametersFrom(tokens: readonly WordToken[], variables: Variables): Parameters {
  const words: (string | undefined)[] = [];
  for (const token of tokens) {
    const expanded = expandWord(token, variables);
    if ('words' in expanded) words.push(...expanded.words);
    else if (token.parts.every(isOne)) words.push(undefined);
    else return { words, isAll: false };
    if (words.length > MOST) return UNKNOWN;
  }
  return { words, isAll: true };
}

/** Whether a part leaves its word one word, whatever its value. */
function isOne(part: Part): boolean {
  return part.quoted && (part.kind !== 'array' || part.index !== '@');
}

/** `shift 2`; with fewer words than that it fails. */
export function shift(tokens: readonly WordToken[], variables: Variables): Status {
  const count = countOf(tokens, variables);
  const all = variables.get('@');
  if (count === undefined || typeof all !== 'object') {
    if (variables.has('@')) setParameters(UNKNOWN, variables);
    return undefined;
  }
  const words = [...all.entries.values()];
  if (count > words.length) return false;
  setParameters({ words: words.slice(count), isAll: true }, variables);
  return true;
}

/** `set -- a b` and `set a b`; `set -e` leaves them as they are. */
export function set(tokens: readonly WordToken[], variables: Variables): true {
  const { words, isAll } = parametersFrom(tokens, variables);
  const at = behindOptions(words);
  if (isAll && at === undefined) return true;
  setParameters({ words: words.slice(at ?? words.length), isAll }, variables);
  return true;
}

/** Where the words of `set` begin that become parameters, behind its options; undefined where none do. */
export function behindOptions(words: readonly (string | undefined)[]): number | undefined {
  let at = 0;
  for (let word = words[at]; word !== undefined && /^[-+]/.test(word); word = words[at]) {
    at += /^[-+][a-z]*o$/.test(word) ? 2 : 1;
    if (word === '--') return at;
    if (word === '-') break;
  }
  return at < words.length ? at : undefined;
}

function countOf(tokens: readonly WordToken[], variables: Variables): number | undefined {
  const expanded = expandWords(tokens, variables);
  if ('why' in expanded) return undefined;
  const [count = '1'] = expanded.words;
  return /^\d+$/.test(count) ? Number(count) : undefined;
}
