import type { Finding } from '../finding.ts';

/** Of findings that mean the same, the first: a rule of an inet table is asked about by both families. */
export function oneOfEach(findings: readonly Finding[]): readonly Finding[] {
  const byKey = new Map<string, Finding>();
  for (const finding of findings) if (!byKey.has(finding.key)) byKey.set(finding.key, finding);
  return [...byKey.values()];
}
