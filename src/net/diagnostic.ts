import type { Span } from './span.ts';

/** Something wrong with what a person wrote, at its place. `nearest` is the known word it may have meant. */
export interface Diagnostic {
  readonly message: string;
  readonly span: Span;
  readonly nearest?: string;
}

/** Texts by file, so that line, column and caret can be shown when a diagnostic is printed. */
export type Sources = ReadonlyMap<string, string>;
