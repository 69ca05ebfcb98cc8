import type { Ignore, LintSettings } from '../../config/lint-settings.ts';
import type { Check } from '../../lint/check.ts';
import type { Finding } from '../../lint/finding.ts';
import { lint } from '../../lint/lint.ts';
import type { Machine } from '../../lint/machine.ts';
import { suppress } from '../../lint/suppress.ts';
import { globPattern } from '../input/glob.ts';
import { folderOf } from './group-files.ts';
import { beside } from './plan-machines.ts';
import type { SuppressedFinding } from './report.ts';

export interface Judged {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly SuppressedFinding[];
}

/** What lint finds on the machine, as the settings and the suppressions in its files want it. */
export function judgeMachine(
  machine: Machine,
  checks: readonly Check[],
  settings: LintSettings | undefined,
  used: Set<Ignore>,
): Judged {
  const severities = settings?.severities ?? {};
  const found = lint(
    machine,
    checks.filter(({ id }) => severities[id] !== 'off'),
  );
  const { kept, suppressed } = suppress(machine, found);
  const ignores = (settings?.ignores ?? []).map((ignore) => ({ ignore, covers: matcher(settings, ignore) }));
  const ignored: SuppressedFinding[] = [];
  const left = kept.filter((finding) => {
    const reasons = ignores.filter(({ covers }) => covers(finding));
    for (const { ignore } of reasons) used.add(ignore);
    const [first] = reasons;
    if (first !== undefined) ignored.push({ finding, reason: first.ignore.reason, by: 'settings' });
    return first === undefined;
  });
  return {
    findings: left.map((finding) => withSeverity(finding, severities[finding.check])),
    suppressed: [...suppressed.map((one) => ({ ...one, by: 'comment' as const })), ...ignored],
  };
}

function matcher(
  settings: LintSettings | undefined,
  { files, checks }: Ignore,
): (finding: Finding) => boolean {
  const folder = folderOf(settings?.file ?? '.');
  const patterns = files.map((file) => globPattern(beside(folder, file)));
  return ({ check, span }) =>
    (checks.length === 0 || checks.includes(check)) &&
    (patterns.length === 0 || patterns.some((pattern) => pattern.test(span.file)));
}

function withSeverity(finding: Finding, wanted: LintSettings['severities'][string] | undefined): Finding {
  return wanted === undefined || wanted === 'off' ? finding : { ...finding, severity: wanted };
}
