import { formatDiagnostic } from '../../config/format-diagnostic.ts';
import { lineAndColumn } from '../../net/span.ts';
import type { FormatOptions, LintReport } from './report.ts';

/** Findings with their places, and nothing else of them. */
export function formatFindings({ findings, sources, summary }: LintReport, { color }: FormatOptions): string {
  const lines = findings.map(({ check, severity, message, span, cure }) => {
    const said = formatDiagnostic({ message: `${severity}: ${message} [${check}]`, span }, sources, {
      color,
    });
    return cure === undefined ? `${said}\n` : `${said}\n  ${cure}\n`;
  });
  const counts = (['errors', 'warnings', 'notes'] as const).flatMap((name) => {
    const count = summary[name];
    return count === 0 ? [] : [`${count} ${count === 1 ? name.slice(0, -1) : name}`];
  });
  return `${lines.join('')}${counts.length === 0 ? 'nothing wrong' : counts.join(', ')}\n`;
}

/** DESIGN section 5. */
export function formatJson({ findings, summary, sources }: LintReport): string {
  const data = findings.map(({ span, fix: _fix, key: _key, ...finding }) => {
    const { line, column } = lineAndColumn(sources.get(span.file) ?? '', span.start);
    return { ...finding, file: span.file, line, column };
  });
  const { errors, warnings } = summary;
  return `${JSON.stringify({ findings: data, summary: { errors, warnings } }, null, 2)}\n`;
}
