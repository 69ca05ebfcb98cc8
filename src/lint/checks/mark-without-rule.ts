import { FAMILIES, type Family } from '../../net/family.ts';
import { FULL_MASK, formatMark, formatWord, type Mark } from '../../net/mark.ts';
import type { Check } from '../check.ts';
import type { Finding, Severity } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { isRead, ownMarkRules, type SetMark, unfedRules, unreadMarks } from '../marks/routing-marks.ts';
import { policyRuleWords, ruleKey } from '../marks/rule-words.ts';
import { outsideNames } from '../routes/interfaces.ts';
import { ipCommand } from '../routes/ip-command.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const RULES = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -s 192.168.1.7/32 -j MARK --set-xmark 0x1/0xff
-A PREROUTING -i lan0 -s 192.168.1.8/32 -j MARK --set-xmark 0x3/0xff
COMMIT
`;

export const markWithoutRule: Check = {
  id: 'mark-without-rule',
  severity: 'warning',
  summary: 'a mark is set for routing, and no policy rule asks for it',
  why: [
    'A mark alone routes nothing: without a policy rule for it the packet goes where unmarked ones go.',
    'Said of marks that are set before routing and asked for by no rule of any table. Where marks under the same mask do have policy rules, or a policy rule waits for a mark that nobody sets, it is a warning; where no policy rule asks for any mark, on a machine with several uplinks, it is a note, for tc may read it.',
    'A value of all bits of the mask is by custom the mark of what is to go by main, and is passed over.',
  ],
  bad: {
    files: {
      'rules.v4': RULES,
      'rules.txt':
        '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1/0xff lookup 101\n101:\tfrom all fwmark 0x2/0xff lookup 102\n32766:\tfrom all lookup main\n',
    },
  },
  good: {
    files: {
      'rules.v4': RULES,
      'rules.txt':
        '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1/0xff lookup 101\n101:\tfrom all fwmark 0x3/0xff lookup 102\n32766:\tfrom all lookup main\n',
    },
  },
  run: (machine) => {
    const found = new Map<string, Finding>();
    for (const family of FAMILIES)
      for (const finding of machine.given.policyRules.has(family) ? judge(machine, family) : [])
        found.set(finding.key, finding);
    return [...found.values()];
  },
};

function judge(machine: Machine, family: Family): readonly Finding[] {
  const rules = ownMarkRules(machine, family);
  const unfed = unfedRules(machine, family);
  return unreadMarks(machine, family)
    .filter((set) => !isRead(machine, family, set))
    .flatMap((set): readonly Finding[] => {
      const asked = rules.some(({ mark }) => (fieldOf(mark) & set.mask) !== 0);
      // With one uplink, or beside marks that do route, others are for QoS and the like.
      if (!asked && (rules.length > 0 || outsideNames(machine, family).length < 2)) return [];
      const sibling = set.mask !== FULL_MASK && asked;
      const waiting = unfed.find(({ mark }) => (mark.mask & set.value) !== 0);
      const severity: Severity = sibling || waiting !== undefined ? 'warning' : 'note';
      return [report(machine, family, set, severity, waiting)];
    });
}

/** The bits a policy rule is about: a bare mark compares all, and means its own. */
function fieldOf({ value, mask }: Mark): number {
  return mask === FULL_MASK ? value : mask;
}

function report(
  machine: Machine,
  family: Family,
  { write, value, mask }: SetMark,
  severity: Severity,
  waiting: Parameters<typeof policyRuleWords>[0] | undefined,
): Finding {
  const words = ruleText(machine, write.at.rule);
  const span = rulePlace(machine, write.at.rule);
  const near =
    waiting === undefined ? '' : `, while "${policyRuleWords(waiting)}" waits for one that nobody sets`;
  const mark = mask === FULL_MASK ? formatWord(value) : formatMark({ value, mask });
  return {
    check: markWithoutRule.id,
    severity,
    message: `no ${family === 'ipv6' ? 'IPv6' : 'IPv4'} policy rule asks for mark ${mark}: its packets are routed like those without a mark${near}`,
    span,
    path: [{ span, rule: words }],
    cure: `${ipCommand(family)} rule add fwmark ${mark} lookup TABLE`,
    ...(severity === 'note' ? { assumed: ['tc or another program does not read the mark'] } : {}),
    key: ruleKey(write.at, words),
  };
}
