import type { PolicyRule, RuleSelector } from '../../kernel/routing.ts';
import { policyRuleWords } from '../../kernel/routing-words.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Check } from '../check.ts';
import { freePriority, freePriorityBefore } from '../cures/free-numbers.ts';
import { moveRule } from '../cures/replace-rule.ts';
import type { Finding } from '../finding.ts';
import { flowOfPolicyRule } from '../flow/flow-with-mark.ts';
import { otherwise, type ShownFlow, shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { policyRuleStep, sayPolicyRule, spanOr } from '../marks/rule-words.ts';
import { canMeet } from '../routes/selectors-meet.ts';

export const duplicatePriority: Check = {
  id: 'duplicate-priority',
  severity: 'warning',
  summary: 'two policy rules of one priority can take the same packet to different places',
  why: [
    'Rules of one priority are asked in the order in which they were added. After a restart, or when one of them is put in again, it is another order, and the packets that both take go elsewhere.',
    'Rules that cannot both take a packet, as those for different marks under one mask, may well share a priority: nothing is said of them.',
  ],
  bad: {
    files: {
      'rules.txt':
        '0:\tfrom all lookup local\n100:\tfrom 192.168.1.0/24 lookup 101\n100:\tfrom all iif lan0 lookup 102\n32766:\tfrom all lookup main\n',
    },
  },
  good: {
    files: {
      'rules.txt':
        '0:\tfrom all lookup local\n100:\tfrom 192.168.1.0/24 lookup 101\n101:\tfrom all iif lan0 lookup 102\n32766:\tfrom all lookup main\n',
    },
  },
  run: (machine) => {
    const { policyRules } = machine.state;
    const groups = new Map<string, PolicyRule[]>();
    for (const rule of policyRules) {
      const key = `${rule.family} ${rule.priority}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [rule]);
      else group.push(rule);
    }
    return [...groups.values()].flatMap((group) => judge(machine, group));
  },
};

function judge(machine: Machine, group: readonly PolicyRule[]): readonly Finding[] {
  return group.flatMap((rule, at): readonly Finding[] => {
    const other = group.slice(0, at).find((one) => differ(one, rule) && canMeet(one.selector, rule.selector));
    if (other === undefined) return [];
    return [
      {
        check: duplicatePriority.id,
        severity: 'warning',
        message: `priority ${rule.priority} is of two policy rules that can take the same packet: which is asked first depends on the order in which they were added`,
        span: spanOr(machine, rule.span),
        path: [policyRuleStep(machine, other), policyRuleStep(machine, rule)],
        cure: apart(machine, other, rule),
        ...shown(machine, flowOfBoth(machine, other, rule)),
        key: `${rule.family} ${policyRuleWords(other)} | ${policyRuleWords(rule)}`,
      },
    ];
  });
}

/** The second right behind the first, or the first right before it: further off, other rules would be passed by. */
function apart(machine: Machine, first: PolicyRule, second: PolicyRule): string {
  const { priority } = second;
  const behind = freePriority(machine.state, second.family, priority);
  if (behind === priority + 1) return moveRule(machine, second, behind);
  const before = freePriorityBefore(machine.state, priority);
  if (before === priority - 1) return moveRule(machine, first, before);
  return `give each a priority of its own; none is free beside ${priority}, so that the rules behind it have to be moved as well`;
}

function differ(a: PolicyRule, b: PolicyRule): boolean {
  return JSON.stringify(a.action) !== JSON.stringify(b.action);
}

/** What a packet must be for both, where it can be: the bits of both marks, the smaller of two networks. */
function selectorOfBoth(a: RuleSelector, b: RuleSelector): RuleSelector {
  const marks = [a.fwmark, b.fwmark].flatMap((mark) => mark ?? []);
  const join = (bits: readonly number[]) => bits.reduce((sum, one) => (sum | one) >>> 0, 0);
  const fwmark = {
    value: join(marks.map(({ value, mask }) => value & mask)),
    mask: join(marks.map(({ mask }) => mask)),
  };
  const from = smaller(a.from, b.from);
  const to = smaller(a.to, b.to);
  return {
    ...a,
    ...b,
    ...(marks.length === 0 ? {} : { fwmark }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

function smaller(a: Prefix | undefined, b: Prefix | undefined): Prefix | undefined {
  return a === undefined || (b !== undefined && b.length > a.length) ? b : a;
}

/** A packet that both can take, as the rules stand in the listing and the other way round. */
function flowOfBoth(machine: Machine, one: PolicyRule, other: PolicyRule): ShownFlow | undefined {
  const both: PolicyRule = { ...one, selector: selectorOfBoth(one.selector, other.selector) };
  const { policyRules } = machine.state;
  const swapped = policyRules.map((rule) => (rule === one ? other : rule === other ? one : rule));
  const first = flowOfPolicyRule(machine, both);
  const second = flowOfPolicyRule(machine, both, swapped);
  if (first === undefined || second === undefined) return first;
  const when = `with \`${sayPolicyRule(machine, other)}\` added first`;
  return { ...first, otherwise: otherwise(when, second.path) };
}
