import type { Finding, Severity } from '../../../lint/finding.ts';
import type { FormatOptions, LintReport } from '../../lint/report.ts';
import { Places } from './places.ts';
import { relativePath } from './relative-path.ts';
import { summaryLine } from './summary.ts';

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/** Workflow commands of GitHub Actions, which shows them at their lines. */
export function formatGithub(report: LintReport, { folder }: FormatOptions): string {
  const places = new Places(report.sources);
  const found = report.findings.map((finding) => ({
    command: COMMANDS[finding.severity],
    span: finding.span,
    title: `polywan ${finding.check}`,
    text: withCure(finding),
  }));
  const unread = report.unreadable.map(({ message, span }) => ({
    command: 'error',
    span,
    title: 'polywan cannot read this',
    text: message,
  }));
  const lines = [...found, ...unread].map(({ command, span, title, text }) => {
    const place = places.of(span);
    const file = relativePath(span.file, folder);
    const properties = [
      ['file', file],
      ...(place === undefined
        ? []
        : [['line', `${place.line}`], ['endLine', `${place.endLine}`], ...columns(place)]),
      ['title', title],
    ];
    return `::${command} ${properties.map(([key, value = '']) => `${key}=${escapeProperty(value)}`).join(',')}::${escapeData(text)}\n`;
  });
  return `${lines.join('')}${summaryLine(report)}\n`;
}

/** Columns count only within one line there. */
function columns({ line, endLine, column, endColumn }: NonNullable<ReturnType<Places['of']>>) {
  return line === endLine
    ? [
        ['col', `${column}`],
        ['endColumn', `${endColumn}`],
      ]
    : [];
}

function withCure({ message, cure }: Finding): string {
  return cure === undefined ? message : `${message}\nCure: ${cure}`;
}

/** As the runner takes it apart: % first, then what ends the line. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
