import { basesOfRule } from '../all-rules.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { markUses } from '../marks/mark-uses.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

/** Where connection tracking looks packets up (kernel-facts 1). */
const CONNTRACK = -200;

/** Rules that save to, restore from or set connmarks, and are only ever reached before there is an entry (kernel-facts 4). */
export function vainConnmarks(machine: Machine): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const { word, copied, at } of markUses(machine.state).writes) {
    if (word === 'packet' && copied === 0) continue;
    const bases = basesOfRule(at);
    const early = bases.every(
      ({ hook, priority }) => (hook === 'prerouting' || hook === 'output') && priority < CONNTRACK,
    );
    // A template (CT --zone) is an entry of its own kind (kernel-facts 4.3); marks on it are nobody's.
    if (bases.length === 0 || !early) continue;
    const rule = ruleText(machine, at.rule);
    const span = rulePlace(machine, at.rule);
    found.set(`${span.file} ${span.start} ${rule}`, {
      check: 'connmark-without-conntrack',
      severity: 'error',
      message: `${at.table.name} runs before connection tracking: there is no connection here to ${word === 'packet' ? 'restore a mark from' : 'give a mark to'}`,
      span,
      path: [],
      cure: 'do it after connection tracking: in the mangle table, or in a chain with a priority above -200',
      key: `${at.table.name} ${at.chain.name}: ${rule}`,
    });
  }
  return [...found.values()];
}
