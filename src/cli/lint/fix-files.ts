import { type Host, HostError } from '../../host/host.ts';
import { unifiedDiff } from '../../lint/unified-diff.ts';
import type { LintReport } from './report.ts';
import { type LintWish, runLint } from './run-lint.ts';
import { type TriedFixes, tryFixes } from './try-fixes.ts';

export interface FixedFiles {
  /** What was written, or would be. */
  readonly diff: string;
  /** What was not cured, and why, as sentences. */
  readonly notes: readonly string[];
  /** A file could not be written. */
  readonly failed: boolean;
  /** What lint says now; after a dry run, what it would say. */
  readonly report: LintReport;
}

/** Cures what is certain from the text, and writes it unless `dryRun`. */
export async function fixFiles(host: Host, wish: LintWish, dryRun: boolean): Promise<FixedFiles> {
  // A cure that makes a note of an error is no cure, whatever is shown.
  const all: LintWish = { ...wish, severity: 'note' };
  const tried = await tryFixes(host, (machine) => runLint(machine, all, () => {}));
  const diff = tried.changed.map(({ file, before, after }) => unifiedDiff(file, before, after)).join('');
  const notes = tried.refused.map(
    ({ check, span }) => `${span.file}: the cure for ${check} was not made: lint would find as much after it`,
  );
  const trouble = dryRun ? [] : write(host, tried);
  // Once more: after writing, from the disk, which is what counts.
  const report = await runLint(dryRun ? tried.host : host, wish, () => {});
  return { diff, notes: [...notes, ...trouble], failed: trouble.length > 0, report };
}

function write(host: Host, { changed }: TriedFixes): readonly string[] {
  return changed.flatMap(({ file, before, after }) => {
    try {
      if (host.readFile(file) !== before) return [`${file}: not written, since it has changed meanwhile`];
      host.rewriteFile(file, after);
      return [];
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return [error.message];
    }
  });
}
