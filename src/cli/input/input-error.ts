import type { Diagnostic, Sources } from '../../net/diagnostic.ts';

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
