import type { Table } from '../../kernel/netfilter.ts';
import { basesOfRule, type RuleAt } from '../all-rules.ts';
import { nftWords, saveWords } from '../cures/rule-text.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { markUses } from '../marks/mark-uses.ts';
import { rulePlace, ruleText } from '../rule-place.ts';
import { flowToRule } from './flow-to-rule.ts';
import { shown } from './shown-flow.ts';

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
      cure: afterTracking(at.table, rule),
      // What it does there is nothing, so that it leaves no trace.
      ...shown(machine, flowToRule(machine, at, { statements: setPlace(at) })),
      key: `${at.table.name} ${at.chain.name}: ${rule}`,
    });
  }
  return [...found.values()];
}

/** The same rule where packets have a connection. */
export function afterTracking({ frontend }: Pick<Table, 'frontend'>, rule: string): string {
  if (frontend === 'nft')
    return cureText('do it after connection tracking, in a chain with a priority above -200', [
      'type filter hook prerouting priority mangle; policy accept;',
      ...[nftWords(rule) ?? []].flat(),
    ]);
  return cureText('do it after connection tracking, in the mangle table', [
    '*mangle',
    saveWords(rule) ?? rule,
    'COMMIT',
  ]);
}

function setPlace({ rule }: RuleAt): number {
  return Math.max(
    0,
    rule.statements.findIndex(({ kind }) => kind === 'set'),
  );
}
