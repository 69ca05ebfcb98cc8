import { CHECKS } from '../../../lint/checks.ts';
import type { Diagnostic } from '../../../net/diagnostic.ts';
import type { FormatOptions, LintReport } from '../../lint/report.ts';
import { VERSION } from '../../version.ts';
import { Places } from './places.ts';
import { sarifLocation } from './sarif-location.ts';
import { type SarifSetting, sarifResult } from './sarif-result.ts';
import { sarifRule } from './sarif-rule.ts';

/** SARIF 2.1.0, for code scanning: one run, with the rules that were broken. */
export function formatSarif(report: LintReport, { folder }: FormatOptions): string {
  const { findings, suppressed, unreadable, sources } = report;
  const all = [...findings, ...suppressed.map(({ finding }) => finding)];
  const ids = [...new Set(all.map(({ check }) => check))].sort();
  const setting: SarifSetting = {
    place: { places: new Places(sources), folder },
    ruleIndex: new Map(ids.map((id, at) => [id, at])),
  };
  const rules = ids.map((id) =>
    sarifRule(
      id,
      CHECKS.find((check) => check.id === id),
    ),
  );
  const run = {
    tool: { driver: { name: 'polywan', version: VERSION, semanticVersion: VERSION, rules } },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: unreadable.length === 0,
        toolExecutionNotifications: [
          ...unreadable.map((problem) => unreadableNotification(problem, setting)),
          ...report.notes.map((text) => ({ level: 'note', message: { text } })),
        ],
      },
    ],
    results: [
      ...findings.map((finding) => sarifResult(finding, setting)),
      ...suppressed.map(({ finding, reason, by }) => ({
        ...sarifResult(finding, setting),
        suppressions: [{ kind: by === 'comment' ? 'inSource' : 'external', justification: reason }],
      })),
    ],
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function unreadableNotification({ message, span }: Diagnostic, { place }: SarifSetting) {
  return {
    level: 'error',
    message: { text: message },
    locations: [{ physicalLocation: sarifLocation(span, place) }],
  };
}
