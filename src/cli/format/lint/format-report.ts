import type { FormatOptions, LintReport } from '../../lint/report.ts';
import { formatCompact } from './compact.ts';
import { formatGithub } from './github.ts';
import { formatJson } from './json.ts';
import { formatSarif } from './sarif.ts';
import { formatText } from './text.ts';

export const LINT_FORMATS = ['text', 'json', 'sarif', 'github', 'compact'] as const;

export type LintFormat = (typeof LINT_FORMATS)[number];

const WRITERS: Readonly<Record<LintFormat, (report: LintReport, options: FormatOptions) => string>> = {
  text: formatText,
  json: formatJson,
  sarif: formatSarif,
  github: formatGithub,
  compact: formatCompact,
};

/** What lint prints on standard output. */
export function formatReport(report: LintReport, format: LintFormat, options: FormatOptions): string {
  return WRITERS[format](report, options);
}
