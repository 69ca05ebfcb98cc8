import type { Span } from '../../net/span.ts';
import { readExpansion } from './expansion.ts';
import type { HereDocument } from './lex.ts';
import type { ScriptRun } from './script-run.ts';
import { partValue, type Variables } from './variables.ts';

/** A text that a script gives to a program; its places are turned into those of the script. */
export interface HereText {
  readonly text: string;
  readonly lines: readonly Span[];
  readonly place: (span: Span) => Span;
}

interface Line {
  readonly text: string;
  /** Where it begins in the text that the program is given. */
  readonly from: number;
  /** Where it stands in the script. */
  readonly place: Span;
  /** From an offset in that text to the one in the script; only for a line that is given as it is written. */
  readonly shift?: number;
}

/** Variables are put in; a sentence when one of them is not known. */
export function readHereDocument(document: HereDocument, run: ScriptRun): HereText | string {
  const lines = readLines(document, run);
  if (typeof lines === 'string') return lines;
  const { file } = run;
  const lineAt = (offset: number) => lines.findLast((line) => line.from <= offset) ?? lines[0];
  return {
    text: lines.map(({ text }) => `${text}\n`).join(''),
    lines: lines.map(({ place }) => place),
    place: (span) => {
      const first = lineAt(span.start);
      const last = lineAt(Math.max(span.start, span.end - 1));
      if (first === undefined || last === undefined)
        return { file, start: document.start, end: document.end };
      return {
        file,
        start: first.shift === undefined ? first.place.start : span.start + first.shift,
        end: last.shift === undefined ? last.place.end : span.end + last.shift,
      };
    },
  };
}

function readLines(
  { start, end, literal, stripTabs }: HereDocument,
  { file, text: script, variables, within }: ScriptRun,
): readonly Line[] | string {
  const lines: Line[] = [];
  let length = 0;
  for (let from = start; from < end; ) {
    const newline = script.indexOf('\n', from);
    const to = newline === -1 || newline > end ? end : newline;
    const tabs = stripTabs ? (/^\t*/.exec(script.slice(from, to))?.[0].length ?? 0) : 0;
    const written = script.slice(from + tabs, to);
    const read = literal ? { text: written } : putIn(written, variables);
    if ('why' in read) return read.why;
    const place = { file, ...(within ?? { start: from + tabs, end: to }) };
    const isAsWritten = read.text === written && within === undefined;
    const line = { text: read.text, from: length, place };
    lines.push(isAsWritten ? { ...line, shift: from + tabs - length } : line);
    length += read.text.length + 1;
    from = to + 1;
  }
  return lines;
}

function putIn(line: string, variables: Variables): { readonly text: string } | { readonly why: string } {
  let text = '';
  for (let at = 0; at < line.length; ) {
    const sign = line.charAt(at);
    if (sign === '\\' && /[$`\\]/.test(line.charAt(at + 1))) {
      text += line.charAt(at + 1);
      at += 2;
    } else if (sign === '$' || sign === '`') {
      const { part, end } = readExpansion(line, at, true);
      const value = partValue(part, variables);
      if (value.kind === 'unknown') return { why: value.why };
      text += value.text;
      at = end;
    } else {
      text += sign;
      at += 1;
    }
  }
  return { text };
}
