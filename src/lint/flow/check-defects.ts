import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import type { Defect, DefectKind } from './defect.ts';
import { findingOf, type Words } from './finding-of.ts';
import { stories } from './stories.ts';

/** What a check says of its kind of defect: each rule once, however many flows meet it. */
export function checkDefects(
  machine: Machine,
  kind: DefectKind,
  words: (defect: Defect) => Omit<Words, 'check'>,
): readonly Finding[] {
  const byRule = new Map<string, Finding>();
  for (const defect of stories(machine)) {
    if (defect.kind !== kind) continue;
    const { frontend, family, table, chain, index } = defect.rule;
    const name = `${frontend} ${family} ${table} ${chain} ${index}`;
    if (!byRule.has(name)) byRule.set(name, findingOf(machine, defect, { check: kind, ...words(defect) }));
  }
  return [...byRule.values()];
}
