import type { Sources } from '../../net/diagnostic.ts';
import type { Span } from '../../net/span.ts';

/** A word of a rule as it is written, quotes included, with its place in the file. */
export interface RuleWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A rule that stands alone on its line. */
export interface RuleLine {
  readonly file: string;
  readonly text: string;
  /** Where `text` begins and ends in the file. */
  readonly start: number;
  readonly end: number;
  readonly indent: string;
  /** As the file ends its lines. */
  readonly newline: '\n' | '\r\n';
  readonly words: readonly RuleWord[];
}

/**
 * The rule at `span`. Undefined where no cure is certain: it shares its line with other words, goes over several lines,
 * is JSON, or its text is not there.
 */
export function ruleLine(sources: Sources, { file, start, end }: Span): RuleLine | undefined {
  const source = sources.get(file);
  if (source === undefined) return undefined;
  const text = source.slice(start, end).trim().replace(/\s*;$/, '');
  if (text === '' || text.includes('\n') || text.startsWith('{')) return undefined;
  const at = source.indexOf(text, start);
  const lineStart = source.lastIndexOf('\n', at) + 1;
  const newline = source.indexOf('\n', at);
  const before = source.slice(lineStart, at);
  const behind = source.slice(at + text.length, newline === -1 ? undefined : newline);
  if (before.trim() !== '' || !/^[\s;]*(?:#.*)?$/.test(behind)) return undefined;
  return {
    file,
    text,
    start: at,
    end: at + text.length,
    indent: before,
    newline: behind.endsWith('\r') ? '\r\n' : '\n',
    words: wordsOf(text, at),
  };
}

const WORD = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+/g;

function wordsOf(text: string, at: number): readonly RuleWord[] {
  return [...text.matchAll(WORD)].map((found) => {
    const start = at + found.index;
    return { text: found[0], start, end: start + found[0].length };
  });
}

/** Index of the first of these words, -1 when there is none. */
export function indexOfWord(words: readonly RuleWord[], ...wanted: readonly string[]): number {
  return words.findIndex(({ text }) => wanted.includes(text));
}
