import type { Finding, PathStep } from '../../../lint/finding.ts';
import type { Diagnostic } from '../../../net/diagnostic.ts';
import type { Span } from '../../../net/span.ts';
import type { LintReport } from '../../lint/report.ts';
import { Places } from './places.ts';

/** Everything, for programs. `key` is what a finding means without its place. */
export function formatJson(report: LintReport): string {
  const places = new Places(report.sources);
  const { findings, suppressed, summary, unreadable, notes, machines } = report;
  const data = {
    findings: findings.map((finding) => findingAsData(finding, places)),
    suppressed: suppressed.map(({ finding, reason, by }) => ({
      ...findingAsData(finding, places),
      suppressed: { by, reason },
    })),
    unreadable: unreadable.map((problem) => problemAsData(problem, places)),
    notes,
    machines,
    summary,
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

function findingAsData(finding: Finding, places: Places) {
  const { check, severity, message, span, path, flow, cure, assumed, fix, key } = finding;
  return {
    check,
    severity,
    message,
    ...placeAsData(span, places),
    path: path.map((step) => stepAsData(step, places)),
    ...(flow === undefined ? {} : { flow }),
    ...(assumed === undefined || assumed.length === 0 ? {} : { assumed }),
    ...(cure === undefined ? {} : { cure }),
    fixable: fix !== undefined && fix.length > 0,
    key,
  };
}

function placeAsData(span: Span, places: Places) {
  const { file } = span;
  const { line, column, endLine, endColumn } = places.of(span) ?? {
    line: 1,
    column: 1,
    endLine: 1,
    endColumn: 1,
  };
  return { file, line, column, endLine, endColumn };
}

function stepAsData({ span, rule, note }: PathStep, places: Places) {
  const place = span === undefined ? undefined : places.of(span);
  return {
    ...(span === undefined ? {} : { file: span.file }),
    ...(place === undefined ? {} : { line: place.line }),
    rule,
    ...(note === undefined ? {} : { note }),
  };
}

function problemAsData({ message, span, nearest }: Diagnostic, places: Places) {
  return { message, ...placeAsData(span, places), ...(nearest === undefined ? {} : { nearest }) };
}
