import type { Check } from './check.ts';
import { CHECKS } from './checks.ts';
import { inScript } from './cures/in-script.ts';
import type { Finding } from './finding.ts';
import type { Machine } from './machine.ts';

/** What the checks find on this machine, in the order of files and places. Nothing is suppressed here. */
export function lint(machine: Machine, checks: readonly Check[] = CHECKS): readonly Finding[] {
  const findings: Finding[] = [];
  const ran = new Set<string>();
  const known = new Set(CHECKS.map(({ id }) => id));
  for (const check of checks) {
    const own = check.run(machine, { findings, ran, known });
    for (const finding of own) {
      const told = inScript(machine, finding);
      findings.push(check.lacks === true ? unlessUnread(machine, told) : told);
    }
    ran.add(check.id);
  }
  return inOrder(findings, [...machine.sources.keys()]);
}

/** Of a script that is not read in full nobody can say what it lacks. */
function unlessUnread({ unchecked }: Machine, finding: Finding): Finding {
  if (unchecked.length === 0) return finding;
  const said =
    unchecked.length === 1
      ? 'the command that is not read does'
      : `the ${unchecked.length} places that are not read do`;
  const assumed = [...(finding.assumed ?? []), `${said} not make up for it`];
  return { ...finding, severity: 'note', assumed };
}

/** Files as they were read, each from top to bottom; of one place the graver first. */
function inOrder(findings: readonly Finding[], files: readonly string[]): readonly Finding[] {
  const places = new Map(files.map((file, at) => [file, at]));
  const place = ({ span }: Finding) => places.get(span.file) ?? files.length;
  return [...findings].sort(
    (a, b) => place(a) - place(b) || a.span.start - b.span.start || rank(a) - rank(b),
  );
}

const RANKS = { error: 0, warning: 1, note: 2 } as const;

function rank({ severity }: Finding): number {
  return RANKS[severity];
}
