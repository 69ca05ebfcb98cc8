import type { Part } from './lex.ts';
import { isSequence } from './sequence.ts';

const NAME = /^(?:[A-Za-z_]\w*|[0-9?!$-])/;

/** `$@` and `${@}`, and so on. */
const ALL = /^\$(?:([@*#])|\{([@*#])\})/;

/** A parameter cannot be assigned to: `${1:=TEXT}` is none of these. */
const BRACED = /^\$\{([A-Za-z_]\w*|\d+(?!:?=))(?:(:?)([-=])("?)([^"{}$`\\]*)\4)?\}/;

/** An index may be a sum, or a word for the arrays that have words. */
const ARRAY = /^\$\{([#!]?)([A-Za-z_]\w*)(?:\[(@|\*|[\w\s$+*%"'-]+)\])?\}/;

/** A part, and where the text goes on behind it. */
interface ReadPart {
  readonly part: Part;
  readonly end: number;
}

/** What stands at a `$` or a backquote. */
export function readExpansion(text: string, at: number, quoted: boolean): ReadPart {
  return (
    readBackquoted(text, at, quoted) ??
    readParameters(text, at, quoted) ??
    readBraced(text, at, quoted) ??
    readArray(text, at, quoted) ??
    readSum(text, at, quoted) ??
    readOutput(text, at, quoted) ??
    readOtherBraces(text, at, quoted) ??
    readName(text, at, quoted)
  );
}

function readBackquoted(text: string, at: number, quoted: boolean): ReadPart | undefined {
  if (text.charAt(at) !== '`') return undefined;
  const close = text.indexOf('`', at + 1);
  const end = close === -1 ? text.length : close + 1;
  return { part: output(text, at + 1, end - 1, quoted), end };
}

/** `$@`, `$*` and `$#` */
function readParameters(text: string, at: number, quoted: boolean): ReadPart | undefined {
  const [whole, bare, braced] = ALL.exec(text.slice(at, at + 4)) ?? [];
  const sign = bare ?? braced;
  if (whole === undefined || sign === undefined) return undefined;
  const end = at + whole.length;
  return sign === '#'
    ? { part: { kind: 'array', name: '@', what: 'count', index: '@', quoted }, end }
    : { part: { kind: 'array', name: '@', what: 'values', index: sign, quoted }, end };
}

/** `${NAME}` and `${NAME:-TEXT}` */
function readBraced(text: string, at: number, quoted: boolean): ReadPart | undefined {
  const [whole, name, colon, sign, quote, fallback] = BRACED.exec(text.slice(at, at + 512)) ?? [];
  if (whole === undefined || name === undefined) return undefined;
  const end = at + whole.length;
  if (fallback === undefined) return { part: { kind: 'variable', name, quoted }, end };
  // The value would be parted at its blanks, but this text is one word as it stands, even when it is empty.
  if (quote === '"' && !quoted && /\s|^$/.test(fallback)) return undefined;
  const given = { text: fallback, forEmpty: colon === ':', assigns: sign === '=' };
  return { part: { kind: 'variable', name, fallback: given, quoted }, end };
}

function readArray(text: string, at: number, quoted: boolean): ReadPart | undefined {
  const [whole, sign, name, index] = ARRAY.exec(text.slice(at, at + 512)) ?? [];
  if (whole === undefined || name === undefined) return undefined;
  const isAll = index === '@' || index === '*';
  // `${!NAME}` is the variable whose name is in NAME, and `${#NAME[1]}` counts letters.
  if ((sign === '!' && !isAll) || (sign === '#' && index !== undefined && !isAll)) return undefined;
  const what = sign === '#' ? 'count' : sign === '!' ? 'indices' : 'values';
  const part: Part = { kind: 'array', name, what, quoted, ...(index === undefined ? {} : { index }) };
  return { part, end: at + whole.length };
}

/** `$((…))` and the older `$[…]`. */
function readSum(text: string, at: number, quoted: boolean): ReadPart | undefined {
  const isOld = text.charAt(at + 1) === '[';
  if (!isOld && !text.startsWith('$((', at)) return undefined;
  const end = isOld ? closing(text, at + 1, '[', ']') : closing(text, at + 1, '(', ')');
  const [open, close] = isOld ? [2, ']'] : [3, '))'];
  if (!text.startsWith(close, end - close.length) || end - close.length < at + open) return undefined;
  return {
    part: { kind: 'arithmetic', text: text.slice(at + open, end - close.length), quoted },
    end,
  };
}

/** `$(…)` */
function readOutput(text: string, at: number, quoted: boolean): ReadPart | undefined {
  if (text.charAt(at + 1) !== '(') return undefined;
  const end = closing(text, at + 1, '(', ')');
  return { part: output(text, at + 2, end - 1, quoted), end };
}

/** `${NAME%TEXT}` and whatever else the shell can do to a value. */
function readOtherBraces(text: string, at: number, quoted: boolean): ReadPart | undefined {
  if (text.charAt(at + 1) !== '{') return undefined;
  const why = 'what a variable in braces becomes is decided when it runs';
  return { part: { kind: 'unknown', why, quoted }, end: closing(text, at + 1, '{', '}') };
}

/** A `$` before anything but a name is itself. */
function readName(text: string, at: number, quoted: boolean): ReadPart {
  const name = NAME.exec(text.slice(at + 1, at + 257))?.[0];
  if (name === undefined) return { part: { kind: 'text', text: '$', quoted }, end: at + 1 };
  return { part: { kind: 'variable', name, quoted }, end: at + 1 + name.length };
}

function output(text: string, start: number, end: number, quoted: boolean): Part {
  const inside = text.slice(start, end);
  if (isSequence(inside)) return { kind: 'sequence', text: inside, quoted };
  return { kind: 'unknown', why: 'it takes the output of another command', quoted, runs: { start, end } };
}

/** Behind the bracket that closes the one at `at`; quotes are passed over. */
export function closing(text: string, at: number, open: string, close: string): number {
  let depth = 0;
  for (let to = at; to < text.length; to += 1) {
    const sign = text.charAt(to);
    if (sign === '\\') to += 1;
    else if (sign === "'" && open === '(') {
      const end = text.indexOf("'", to + 1);
      to = end === -1 ? text.length : end;
    } else if (sign === open) depth += 1;
    else if (sign === close) {
      depth -= 1;
      if (depth === 0) return to + 1;
    }
  }
  return text.length;
}
