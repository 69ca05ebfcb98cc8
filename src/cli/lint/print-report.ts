import { formatDiagnostic } from '../../config/format-diagnostic.ts';
import type { Diagnostic, Sources } from '../../net/diagnostic.ts';
import type { Context } from '../command.ts';
import { formatReport, type LintFormat } from '../format/lint/format-report.ts';
import type { LintReport } from './report.ts';

/** Findings on standard output; what could not be read, where the format does not say it so, and notes, on standard error. */
export function printReport(report: LintReport, format: LintFormat, { host, color }: Context): void {
  for (const note of report.notes) host.stderr.write(`polywan: ${note}\n`);
  // One line each says it too, in its turn and once.
  if (format !== 'compact')
    for (const problem of report.unreadable) host.stderr.write(unreadable(problem, report.sources, color));
  // With nothing that could be read there is nothing to say of it; a program wants its document all the same.
  const isEmpty = report.summary.files === 0 && report.machines.length === 0 && report.unreadable.length > 0;
  if (isEmpty && format === 'text') return;
  const folder = host.resolvePath('.');
  host.stdout.write(formatReport(report, format, { color, width: host.stdout.columns, folder }));
}

function unreadable(problem: Diagnostic, sources: Sources, color: boolean): string {
  if (problem.message.startsWith('cannot ')) return `polywan: ${problem.message}\n`;
  return `${formatDiagnostic(problem, sources, { color })}\n`;
}
