import { assignedIn, evaluate } from './arithmetic.ts';
import { expandArray, IFS_IS_SET, indexIn, isPartedOtherwise } from './expand-array.ts';
import type { Part, WordToken } from './lex.ts';
import { sequenceOf } from './sequence.ts';
import type { ShellArray } from './shell-array.ts';

/** Values of a script's variables as far as its text tells; undefined: it is set, and nobody knows to what. */
export type Variables = Map<string, string | ShellArray | undefined>;

/** Of an array the name alone stands for its first word. */
export function plainValue(variables: Variables, name: string): string | undefined {
  const value = variables.get(name);
  if (isMissing(name, variables)) return '';
  return typeof value === 'object' ? value.entries.get('0') : value;
}

/** `$3` where there are two parameters is empty. */
function isMissing(name: string, variables: Variables): boolean {
  return PARAMETER.test(name) && !variables.has(name) && variables.get('@') !== undefined;
}

const PARAMETER = /^[1-9]\d*$/;

/** What a script is started with, and what is exported to it, counts as not set: only its own text is known. */
function isUnset(name: string, variables: Variables): boolean {
  const areUnknown = variables.has('@') && variables.get('@') === undefined;
  return !variables.has(name) && !(PARAMETER.test(name) && areUnknown);
}

/** The words a token becomes, or why that cannot be known. */
export type Expanded = { readonly words: readonly string[] } | { readonly why: string };

/** Several for an unquoted variable with blanks in it, none for one that is empty. */
export function expandWord({ parts }: WordToken, variables: Variables): Expanded {
  const words: string[] = [];
  let open: string | undefined;
  // "$@" is no word where there is no parameter.
  let isNone = false;
  for (const part of parts) {
    if (part.kind === 'array') {
      const several = expandArray(part, variables);
      if ('why' in several) return several;
      words.push(...several.words.slice(0, -1).map((word, at) => (at === 0 ? (open ?? '') + word : word)));
      const last = several.words.at(-1);
      isNone ||= last === undefined && part.quoted;
      if (last !== undefined) open = (several.words.length === 1 ? (open ?? '') : '') + last;
      continue;
    }
    const value = partValue(part, variables);
    if (value.kind === 'unknown') return { why: value.why };
    if (part.kind === 'text' || part.quoted) {
      open = (open ?? '') + value.text;
      continue;
    }
    if (isPartedOtherwise(value.text, variables)) return { why: IFS_IS_SET };
    const pieces = value.text.split(/[ \t\n]+/);
    open = pieces[0] === '' && open === undefined ? undefined : (open ?? '') + (pieces[0] ?? '');
    for (const piece of pieces.slice(1)) {
      if (open !== undefined) words.push(open);
      open = piece === '' ? undefined : piece;
    }
  }
  if (open !== undefined && !(isNone && open === '')) words.push(open);
  return { words };
}

/** All of a command's words, or why one of them cannot be known. */
export function expandWords(tokens: readonly WordToken[], variables: Variables): Expanded {
  const words: string[] = [];
  for (const token of tokens) {
    const expanded = expandWord(token, variables);
    if ('why' in expanded) return expanded;
    words.push(...expanded.words);
  }
  return { words };
}

/** The value of an assignment: blanks part nothing there. */
export function expandValue(parts: readonly Part[], variables: Variables): string | undefined {
  let text = '';
  for (const part of parts) {
    const value = partValue(part, variables);
    if (value.kind === 'unknown') return undefined;
    text += value.text;
  }
  return text;
}

type Value =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unknown'; readonly why: string };

export function partValue(part: Part, variables: Variables): Value {
  switch (part.kind) {
    case 'text':
      return part;
    case 'unknown':
      return part;
    case 'arithmetic': {
      const value = evaluate(part.text, variables);
      return value === undefined
        ? { kind: 'unknown', why: `what $((${part.text})) comes to is not known from the text` }
        : { kind: 'text', text: String(value) };
    }
    case 'sequence': {
      const text = sequenceOf(part.text, variables);
      const why = 'how far seq counts is not known from the text';
      return text === undefined ? { kind: 'unknown', why } : { kind: 'text', text };
    }
    case 'array': {
      const found = expandArray({ ...part, quoted: true }, variables);
      return 'why' in found
        ? { kind: 'unknown', why: found.why }
        : { kind: 'text', text: found.words.join(' ') };
    }
    case 'variable': {
      const known = plainValue(variables, part.name);
      const { fallback } = part;
      if (fallback !== undefined && (isUnset(part.name, variables) || (fallback.forEmpty && known === '')))
        return { kind: 'text', text: fallback.text };
      if (known !== undefined) return { kind: 'text', text: known };
      return { kind: 'unknown', why: `the value of ${part.name} is not known from the text` };
    }
  }
}

/** Assignments within words change what comes behind them: `${NAME:=TEXT}` is followed, and `: $((n += 1))` is not. */
export function assignWithin(parts: readonly Part[], variables: Variables): void {
  for (const part of parts) {
    if (part.kind === 'variable' && part.fallback?.assigns === true)
      variables.set(part.name, expandValue([part], variables));
    for (const name of assignedIn(part.kind === 'arithmetic' ? part.text : indexIn(part)))
      variables.set(name, undefined);
  }
}
