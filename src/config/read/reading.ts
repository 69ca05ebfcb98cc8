import type { Diagnostic } from '../../net/diagnostic.ts';
import { lineAndColumn, type Span } from '../../net/span.ts';
import { nearest } from '../nearest.ts';
import type { Located, Origin } from '../site.ts';

/** What every reader of one file needs: where it is, and where to say what is wrong. */
export interface Reading {
  /** As the site names it. */
  readonly name: string;
  readonly text: string;
  readonly diagnostics: Diagnostic[];
}

export function report(reading: Reading, span: Span, message: string, proposal?: string): void {
  reading.diagnostics.push({ message, span, ...(proposal === undefined ? {} : { nearest: proposal }) });
}

export function originOf(reading: Reading, span: Span): Origin {
  return { file: reading.name, line: lineAndColumn(reading.text, span.start).line, span };
}

/** The names a reference may take. `complete` is false when a file could not be read, so that others may exist. */
export interface Names {
  readonly kind: string;
  readonly known: ReadonlySet<string>;
  readonly complete: boolean;
}

/** Reports a reference to nothing. */
export function checkReference(reading: Reading, reference: Located<string>, names: Names): void {
  if (names.known.has(reference.value) || !names.complete) return;
  const message = `unknown ${names.kind} "${reference.value}"`;
  report(reading, reference.span, message, nearest(reference.value, names.known));
}
