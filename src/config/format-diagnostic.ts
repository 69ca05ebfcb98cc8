import type { Diagnostic, Sources } from '../net/diagnostic.ts';
import { lineAndColumn, textStart } from '../net/span.ts';
import { stringWidth } from '../net/string-width.ts';

const BOLD = '\u001b[1m';
const RED = '\u001b[31m';
const PLAIN = '\u001b[0m';

/** `file:line:col: message`, the source line, a caret under the value, and the word that may have been meant. */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  sources: Sources,
  options: { readonly color: boolean },
): string {
  const { file, start, end } = diagnostic.span;
  const paint = (codes: string, text: string) => (options.color ? `${codes}${text}${PLAIN}` : text);
  const question = diagnostic.nearest === undefined ? [] : [`  did you mean ${quoted(diagnostic.nearest)}?`];
  const source = sources.get(file);
  const message = printable(diagnostic.message);
  if (source === undefined) return [`${paint(BOLD, `${file}:`)} ${message}`, ...question].join('\n');
  const { line, column } = lineAndColumn(source, start);
  const lines = source.slice(textStart(source)).split('\n');
  const shown = printable((lines[line - 1] ?? '').replace(/\r$/, ''));
  const before = shown.slice(0, column - 1);
  const length = stringWidth(shown.slice(before.length, before.length + end - start));
  return [
    `${paint(BOLD, `${file}:${line}:${column}:`)} ${message}`,
    `  ${shown}`,
    `  ${blanks(before)}${paint(RED, '^'.padEnd(length, '~'))}`,
    ...question,
  ].join('\n');
}

/** As wide as the text. A tab stays a tab, so that the caret stands under its value at every tab width. */
function blanks(text: string): string {
  const parts = text.split('\t').map((part) => ' '.repeat(stringWidth(part)));
  return parts.join('\t');
}

/** Quoted once: a proposal that carries its own quotes shows where they belong. */
function quoted(word: string): string {
  return word.startsWith('"') ? word : `"${word}"`;
}

/** Control characters of a file must not reach the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '\ufffd');
}
