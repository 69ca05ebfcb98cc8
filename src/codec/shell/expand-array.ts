import { evaluate } from './arithmetic.ts';
import type { ArrayPart, Part } from './lex.ts';
import { indicesOf, type ShellArray, valuesOf } from './shell-array.ts';
import { type Expanded, plainValue, type Variables } from './variables.ts';

/** The words that a part with an array in it becomes, or why that cannot be known. */
export function expandArray({ name, what, index, quoted }: ArrayPart, variables: Variables): Expanded {
  const array = arrayOf(name, variables);
  if (index === undefined) return letters(name, variables);
  if (array === undefined) return { why: `the value of ${name} is not known from the text` };
  if (what === 'count') return { words: [String(array.entries.size)] };
  if (index !== '@' && index !== '*') return element(name, array, index, quoted, variables);
  const found = what === 'indices' ? indicesOf(array) : valuesOf(array);
  if (found === undefined)
    return {
      why:
        array.keyed && array.entries.size > 1
          ? `in which order the shell goes through ${name} is its own affair`
          : `not all values of ${name} are known from the text`,
    };
  if (!quoted) return parted(found, variables);
  if (index === '@') return { words: found };
  return variables.has('IFS') ? { why: IFS_IS_SET } : { words: [found.join(' ')] };
}

export const IFS_IS_SET = 'IFS is set, which says where words end';

/** Whether IFS, where a script sets it, makes other words of a text than blanks do. */
export function isPartedOtherwise(text: string, variables: Variables): boolean {
  if (!variables.has('IFS')) return false;
  const signs = plainValue(variables, 'IFS');
  return signs === undefined
    ? /\W/.test(text)
    : [...text].some((sign) => signs.includes(sign) || /\s/.test(sign));
}

/** Blanks part words that are not quoted. */
function parted(words: readonly string[], variables: Variables): Expanded {
  if (words.some((word) => isPartedOtherwise(word, variables))) return { why: IFS_IS_SET };
  return { words: words.flatMap((word) => word.split(/[ \t\n]+/)).filter((word) => word !== '') };
}

/** A plain variable is an array of one; one that is not set has none. */
function arrayOf(name: string, variables: Variables): ShellArray | undefined {
  const value = variables.get(name);
  if (typeof value === 'object') return value;
  if (value !== undefined) return { kind: 'array', keyed: false, entries: new Map([['0', value]]) };
  return undefined;
}

function element(
  name: string,
  array: ShellArray,
  index: string,
  quoted: boolean,
  variables: Variables,
): Expanded {
  const at = indexOf(array, index, variables);
  if (at === undefined) return { why: `which index of ${name} is meant is not known from the text` };
  const value = array.entries.get(at);
  if (value === undefined && array.entries.has(at))
    return { why: `the value of ${name}[${at}] is not known from the text` };
  if (quoted) return { words: [value ?? ''] };
  return parted([value ?? ''], variables);
}

/** The index in brackets: a sum, or the word of an array that has words; undefined where only running tells. */
export function indexOf(array: ShellArray, text: string, variables: Variables): string | undefined {
  const plain = text.trim().replace(/^(["'])(.*)\1$/, '$2');
  if (!array.keyed) {
    const value = evaluate(plain, variables);
    if (value === undefined) return undefined;
    // Behind the last one: -1.
    const at =
      value < 0n ? BigInt(Math.max(-1, ...[...array.entries.keys()].map(Number)) + 1) + value : value;
    return at < 0n ? undefined : String(at);
  }
  const [, name] = /^\$([A-Za-z_]\w*)$/.exec(plain) ?? [];
  if (name !== undefined) return plainValue(variables, name);
  return /[$'"?]/.test(plain) ? undefined : plain;
}

function letters(name: string, variables: Variables): Expanded {
  const value = plainValue(variables, name);
  if (value === undefined) return { why: `the value of ${name} is not known from the text` };
  return { words: [String([...value].length)] };
}

/** What stands in the brackets of a part. */
export function indexIn(part: Part): string {
  return part.kind === 'array' ? (part.index ?? '') : '';
}
