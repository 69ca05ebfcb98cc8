import type { Finding } from './finding.ts';
import type { Machine } from './machine.ts';
import { covers, findSuppressions } from './suppressions.ts';

/** Findings that nobody has given a reason to keep quiet about, and how many were taken out. */
export function suppress(
  machine: Machine,
  findings: readonly Finding[],
): { readonly kept: readonly Finding[]; readonly suppressed: number } {
  const working = findSuppressions(machine.sources).filter(({ reason }) => reason !== '');
  const kept = findings.filter((finding) => !working.some((one) => covers(one, finding)));
  return { kept, suppressed: findings.length - kept.length };
}
