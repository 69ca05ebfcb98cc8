import { printable } from '../../../config/format-diagnostic.ts';
import type { FormatOptions, LintReport } from '../../lint/report.ts';
import { wrap } from '../wrap.ts';
import { findingText } from './finding-text.ts';
import { painter } from './palette.ts';
import { Places } from './places.ts';
import { summaryLine } from './summary.ts';

/** Narrower than this nothing can be read anyway. */
const NARROWEST = 40;

/** For people. What could not be read is said on standard error by the command. */
export function formatText(report: LintReport, { color, width: columns }: FormatOptions): string {
  const paint = painter(color);
  const width = Math.max(NARROWEST, columns);
  const places = new Places(report.sources);
  const findings = report.findings.map((finding) => findingText(finding, { places, paint, width }));
  const summary = wrap(printable(summaryLine(report)), width).join('\n');
  return `${findings.map((text) => `${text}\n`).join('')}${summary}\n`;
}
