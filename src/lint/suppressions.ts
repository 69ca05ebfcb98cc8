import type { Sources } from '../net/diagnostic.ts';
import type { Span } from '../net/span.ts';
import type { Finding } from './finding.ts';

/** One place where a person says that a check is wrong here, and why. */
export interface Suppression {
  readonly check: string;
  /** Empty: none was given, and then nothing is suppressed. */
  readonly reason: string;
  /** The suppression itself. */
  readonly span: Span;
  /** What it is about: the next line that says something, or its own. */
  readonly line: { readonly start: number; readonly end: number };
  /** It stands above that line; at its end, what began before and goes on there is meant, too. */
  readonly isAbove: boolean;
  /** In the comment of a rule. */
  readonly inRule: boolean;
}

const KNOWN = new WeakMap<Sources, readonly Suppression[]>();

/** `# polywan-ignore CHECK: why` above a line or at its end, and `polywan:ignore=CHECK why` in a rule's comment. */
export function findSuppressions(sources: Sources): readonly Suppression[] {
  const known = KNOWN.get(sources);
  if (known !== undefined) return known;
  const found = [...sources].flatMap(([file, text]) => [
    ...(text.includes('polywan-ignore') ? inComments(file, text) : []),
    ...(text.includes('polywan:ignore=') ? inRules(file, text) : []),
  ]);
  KNOWN.set(sources, found);
  return found;
}

/** Whether the finding is what the suppression speaks of. */
export function covers({ check, span, line, isAbove }: Suppression, finding: Finding): boolean {
  if (check !== finding.check || span.file !== finding.span.file) return false;
  const { start, end } = finding.span;
  const goesOn = start < line.start && line.start < end;
  return (line.start <= start && start <= line.end) || (goesOn && !isAbove);
}

const COMMENT = /^([^\n]*?)#[ \t]*(polywan-ignore\b[ \t]*([^\s:]*)[ \t]*(?::[ \t]*([^\n]*))?)/gm;

function inComments(file: string, text: string): readonly Suppression[] {
  return [...text.matchAll(COMMENT)].map((found) => {
    const [whole, before = '', words = '', check = '', reason = ''] = found;
    const start = found.index + whole.length - words.length;
    const end = found.index + whole.length;
    const isAbove = before.trim() === '';
    const line = isAbove ? lineBelow(text, found.index) : { start: found.index, end: lineEnd(text, end) };
    return { check, reason: reason.trim(), span: { file, start, end }, line, isAbove, inRule: false };
  });
}

/** The quote is what the comment ends with; without one it is a single word. */
const IN_RULE = /(["']?)(polywan:ignore=([\w-]*)(?:[ \t]+((?:[^"'\\\n]|\\.)*))?)/g;

function inRules(file: string, text: string): readonly Suppression[] {
  const isJson = /^\s*[[{]/.test(text);
  return [...text.matchAll(IN_RULE)].map((found) => {
    const [whole, quote, words = '', check = '', reason = ''] = found;
    const start = found.index + whole.length - words.length;
    const from = text.lastIndexOf('\n', start) + 1;
    // JSON may be one line as a whole: there only what has the comment inside is meant.
    const line = isJson ? { start, end: start } : { start: from, end: lineEnd(text, start) };
    const why = quote === '' ? '' : reason.trim();
    const span = { file, start, end: start + words.length };
    return { check, reason: why, span, line, isAbove: false, inRule: true };
  });
}

/** The next line that is neither blank nor a comment. A finding about the whole file stands at its very beginning. */
function lineBelow(text: string, comment: number): { readonly start: number; readonly end: number } {
  const isHead = /^(?:[ \t]*(?:#[^\n]*)?\n)*$/.test(text.slice(0, comment));
  let start = lineEnd(text, comment) + 1;
  while (start < text.length && /^[ \t]*(?:#|\r?$)/.test(text.slice(start, lineEnd(text, start))))
    start = lineEnd(text, start) + 1;
  return { start: isHead ? 0 : Math.min(start, text.length), end: lineEnd(text, start) };
}

function lineEnd(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline === -1 ? text.length : newline;
}
