import { printable } from '../../../config/format-diagnostic.ts';
import type { LintReport } from '../../lint/report.ts';
import { Places } from './places.ts';

/** One line each: `file:line:col: severity: message [check]`. */
export function formatCompact({ findings, unreadable, sources }: LintReport): string {
  const places = new Places(sources);
  const lines = [
    ...findings.map((finding) => ({ ...finding, tail: ` [${finding.check}]` })),
    ...unreadable.map((problem) => ({ ...problem, severity: 'error', tail: '' })),
  ].map(({ span, severity, message, tail }) => {
    const place = places.of(span);
    const at = place === undefined ? '' : `${place.line}:${place.column}:`;
    return `${span.file}:${at} ${severity}: ${message}${tail}`;
  });
  return lines.map((line) => `${printable(line)}\n`).join('');
}
