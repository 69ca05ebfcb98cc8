import { indexOf } from './expand-array.ts';
import type { WordToken } from './lex.ts';
import { emptyArray, nextIndex, type ShellArray, withEntry } from './shell-array.ts';
import type { Assignment } from './tree.ts';
import { expandValue, expandWord, plainValue, type Variables } from './variables.ts';

/** `declare -a` and `-A`: an array, with what it has. */
export function declareArray(name: string, keyed: boolean, variables: Variables): void {
  const before = variables.get(name);
  if (before === undefined && variables.has(name)) return;
  if (typeof before !== 'object') variables.set(name, emptyArray(keyed));
}

/** Does what an assignment does to an array; false where it is about none. */
export function assignArray(
  { name, list, index, value, appends }: Assignment,
  variables: Variables,
): boolean {
  const before = variables.get(name);
  if (list !== undefined) {
    variables.set(name, withList(list, startOf(name, appends, variables), variables));
    return true;
  }
  if (index !== undefined) {
    variables.set(
      name,
      appends ? undefined : withElement(index, value, startOf(name, true, variables), variables),
    );
    return true;
  }
  if (typeof before !== 'object') return false;
  // The name alone is its first word.
  variables.set(
    name,
    appends || before.keyed ? undefined : withEntry(before, '0', expandValue(value, variables)),
  );
  return true;
}

/** What the words come to: the array as it is, or, unless they are added to it, without its words. */
function startOf(name: string, keeps: boolean, variables: Variables): ShellArray | undefined {
  const before = variables.get(name);
  if (typeof before === 'object') return keeps ? before : emptyArray(before.keyed);
  if (!keeps || !variables.has(name)) return emptyArray(false);
  const text = plainValue(variables, name);
  return text === undefined ? undefined : withEntry(emptyArray(false), '0', text);
}

function withElement(
  index: string,
  value: Assignment['value'],
  array: ShellArray | undefined,
  variables: Variables,
): ShellArray | undefined {
  const at = array === undefined ? undefined : indexOf(array, index, variables);
  if (array === undefined || at === undefined) return undefined;
  return withEntry(array, at, expandValue(value, variables));
}

/** `(a b)` and `([3]=a [wan]=b)`; undefined where nobody knows how many words they are. */
function withList(
  words: readonly WordToken[],
  start: ShellArray | undefined,
  variables: Variables,
): ShellArray | undefined {
  let array = start;
  for (const word of words) {
    if (array === undefined) return undefined;
    const [, index] = /^\[([^\]]*)\]=/.exec(leadOf(word)) ?? [];
    if (index === undefined && array.keyed) return undefined;
    array = index === undefined ? added(word, array, variables) : withKey(word, index, array, variables);
  }
  return array;
}

function added(word: WordToken, array: ShellArray, variables: Variables): ShellArray | undefined {
  const expanded = expandWord(word, variables);
  // What a pattern stands for is found out when it runs.
  if ('why' in expanded || isPattern(word)) return undefined;
  return expanded.words.reduce<ShellArray | undefined>(
    (sum, one) => (sum === undefined ? undefined : withEntry(sum, String(nextIndex(sum)), one)),
    array,
  );
}

function withKey(
  { parts }: WordToken,
  index: string,
  array: ShellArray,
  variables: Variables,
): ShellArray | undefined {
  const [first, ...rest] = parts;
  if (first?.kind !== 'text') return undefined;
  const value = [{ ...first, text: first.text.slice(index.length + '[]='.length) }, ...rest];
  return withElement(index, value, array, variables);
}

function leadOf({ parts: [first] }: WordToken): string {
  return first?.kind === 'text' && !first.quoted ? first.text : '';
}

function isPattern({ parts }: WordToken): boolean {
  return parts.some((part) => part.kind === 'text' && !part.quoted && /[*?[{]/.test(part.text));
}
