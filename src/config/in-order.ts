import type { Diagnostic } from '../net/diagnostic.ts';

/**
 * As a person goes through the files: one after the other, each from top to bottom. What is said of one place by more than
 * one reader, or of a value by each of its aliases, is said once.
 */
export function inOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  const said = new Map(diagnostics.map((each) => [JSON.stringify([each.span, each.message]), each]));
  return [...said.values()].sort(
    (a, b) => files.indexOf(a.span.file) - files.indexOf(b.span.file) || a.span.start - b.span.start,
  );
}
