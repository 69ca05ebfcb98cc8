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

/** Variables are put in; a sentence when one of them is not known. */
export function readHereDocument(
  { start, end, literal, stripTabs }: HereDocument,
  { text: script, variables, state: { file }, within }: ScriptRun,
): HereText | string {
  const lines: {
    readonly text: string;
    readonly from: number;
    readonly place: Span;
    readonly shift?: number;
  }[] = [];
  let length = 0;
  for (let from = start; from < end; ) {
    const newline = script.indexOf('\n', from);
    const to = newline === -1 || newline > end ? end : newline;
    const tabs = stripTabs ? (/^\t*/.exec(script.slice(from, to))?.[0].length ?? 0) : 0;
    const written = script.slice(from + tabs, to);
    const read = literal ? { text: written } : putIn(written, variables);
    if ('why' in read) return read.why;
    const place = { file, ...(within ?? { start: from + tabs, end: to }) };
    // An unchanged line has every word at its own place.
    lines.push({
      text: read.text,
      from: length,
      place,
      ...(read.text === written && within === undefined ? { shift: from + tabs - length } : {}),
    });
    length += read.text.length + 1;
    from = to + 1;
  }
  const lineAt = (offset: number) => lines.findLast((line) => line.from <= offset) ?? lines[0];
  return {
    text: lines.map(({ text }) => `${text}\n`).join(''),
    lines: lines.map(({ place }) => place),
    place: (span) => {
      const first = lineAt(span.start);
      const last = lineAt(Math.max(span.start, span.end - 1));
      if (first === undefined || last === undefined) return { file, start, end };
      return {
        file,
        start: first.shift === undefined ? first.place.start : span.start + first.shift,
        end: last.shift === undefined ? last.place.end : span.end + last.shift,
      };
    },
  };
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
