import type { Part } from './lex.ts';

const NAME = /^(?:[A-Za-z_]\w*|[0-9?!$-])/;

/** `$@`, `${*}` */
const ALL = /^\$(?:([@*#])|\{([@*#])\})/;

/** Parameters are given nothing by `=`. */
const BRACED = /^\$\{([A-Za-z_]\w*|\d+(?!:?=))(?:(:?)([-=])("?)([^"{}$`\\]*)\4)?\}/;

/** An index may be a sum, or a word for the arrays that have words. */
const ARRAY = /^\$\{([#!]?)([A-Za-z_]\w*)(?:\[(@|\*|[\w\s$+*%"'-]+)\])?\}/;

/** What stands at a `$` or a backquote. */
export function readExpansion(
  text: string,
  at: number,
  quoted: boolean,
): { readonly part: Part; readonly end: number } {
  if (text.charAt(at) === '`') {
    const close = text.indexOf('`', at + 1);
    const end = close === -1 ? text.length : close + 1;
    return { part: output(at + 1, end - 1, quoted), end };
  }
  const [all, sign, inBraces] = ALL.exec(text.slice(at, at + 4)) ?? [];
  if (all !== undefined) return { part: allParameters(sign ?? inBraces ?? '', quoted), end: at + all.length };
  const braced = readBraced(text, at, quoted);
  if (braced !== undefined) return braced;
  const array = readArray(text, at, quoted);
  if (array !== undefined) return array;
  const next = text.charAt(at + 1);
  if (next === '(' || next === '[') {
    const sum = readSum(text, at, quoted);
    if (sum !== undefined) return sum;
  }
  if (next === '(') {
    const end = closing(text, at + 1, '(', ')');
    return { part: output(at + 2, end - 1, quoted), end };
  }
  if (next === '{') {
    const why = 'what a variable in braces becomes is decided when it runs';
    return { part: { kind: 'unknown', why, quoted }, end: closing(text, at + 1, '{', '}') };
  }
  const name = NAME.exec(text.slice(at + 1, at + 257))?.[0];
  if (name === undefined) return { part: { kind: 'text', text: '$', quoted }, end: at + 1 };
  return { part: { kind: 'variable', name, quoted }, end: at + 1 + name.length };
}

/** `${NAME}` and `${NAME:-TEXT}` */
function readBraced(
  text: string,
  at: number,
  quoted: boolean,
): { readonly part: Part; readonly end: number } | undefined {
  const [whole, name, colon, sign, quote, fallback] = BRACED.exec(text.slice(at, at + 512)) ?? [];
  if (whole === undefined || name === undefined) return undefined;
  const end = at + whole.length;
  if (fallback === undefined) return { part: { kind: 'variable', name, quoted }, end };
  // Of one word the variable may make several and the text none.
  if (quote === '"' && !quoted && /\s|^$/.test(fallback)) return undefined;
  const given = { text: fallback, forEmpty: colon === ':', assigns: sign === '=' };
  return { part: { kind: 'variable', name, fallback: given, quoted }, end };
}

function allParameters(sign: string, quoted: boolean): Part {
  const isCount = sign === '#';
  return {
    kind: 'array',
    name: '@',
    what: isCount ? 'count' : 'values',
    index: isCount ? '@' : sign,
    quoted,
  };
}

function readArray(
  text: string,
  at: number,
  quoted: boolean,
): { readonly part: Part; readonly end: number } | undefined {
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
function readSum(
  text: string,
  at: number,
  quoted: boolean,
): { readonly part: Part; readonly end: number } | undefined {
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

function output(start: number, end: number, quoted: boolean): Part {
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
