import { formatDiagnostic } from '../../config/format-diagnostic.ts';
import type { Diagnostic, Sources } from '../../net/diagnostic.ts';
import type { Context } from '../command.ts';

/** Files that cannot be used, with what is wrong in them and their texts. `main` never sees it. */
export class InputError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
  constructor(diagnostics: readonly Diagnostic[], sources: Sources) {
    super(diagnostics[0]?.message ?? 'unreadable input');
    this.name = 'InputError';
    this.diagnostics = diagnostics;
    this.sources = sources;
  }
}

/** Prints what is wrong with the files, each with its place; any other error goes on. */
export function printInputError(error: unknown, { host, color }: Context): 2 {
  if (!(error instanceof InputError)) throw error;
  for (const diagnostic of error.diagnostics)
    host.stderr.write(`${formatDiagnostic(diagnostic, error.sources, { color })}\n`);
  return 2;
}
