import type { Finding } from './finding.ts';
import type { Machine } from './machine.ts';
import { covers, findSuppressions } from './suppressions.ts';

export interface Suppressed {
  readonly finding: Finding;
  readonly reason: string;
}

/** Findings that nobody has given a reason to keep quiet about, and those that somebody has. */
export function suppress(
  machine: Machine,
  findings: readonly Finding[],
): { readonly kept: readonly Finding[]; readonly suppressed: readonly Suppressed[] } {
  const working = findSuppressions(machine.sources).filter(({ reason }) => reason !== '');
  const kept: Finding[] = [];
  const suppressed: Suppressed[] = [];
  for (const finding of findings) {
    const one = working.find((candidate) => covers(candidate, finding));
    if (one === undefined) kept.push(finding);
    else suppressed.push({ finding, reason: one.reason });
  }
  return { kept, suppressed };
}
