import type { Diagnostic } from '../net/diagnostic.ts';

/**
 * File by file, each from top to bottom. What several readers say of one place is said once, and so is what is wrong with a
 * value that has aliases.
 */
export function inOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  const said = new Map(diagnostics.map((each) => [JSON.stringify([each.span, each.message]), each]));
  return [...said.values()].sort(
    (a, b) => files.indexOf(a.span.file) - files.indexOf(b.span.file) || a.span.start - b.span.start,
  );
}
