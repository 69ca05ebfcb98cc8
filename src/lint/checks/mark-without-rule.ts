import { MAIN_TABLE, type PolicyRule } from '../../kernel/routing.ts';
import { FAMILIES, type Family, familyName } from '../../net/family.ts';
import { FULL_MASK, formatMark, formatWord, type Mark } from '../../net/mark.ts';
import type { TracePath } from '../../trace/trace.ts';
import type { Check } from '../check.ts';
import { priorityForRule } from '../cures/free-numbers.ts';
import { cureText, tableOfWan } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { bitsOf, routedMark } from '../flow/packet-facts.ts';
import { shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { isRead, ownMarkRules, type SetMark, unfedRules, unreadMarks } from '../marks/routing-marks.ts';
import { ruleKey, sayPolicyRule } from '../marks/rule-words.ts';
import { defaultRoutes, outsideNames } from '../routes/interfaces.ts';
import { ipCommand, tableName } from '../routes/ip-command.ts';
import { tablesKnown } from '../routes/marked-lookups.ts';
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
  lacks: true,
  summary: 'a mark is set for routing, and no policy rule asks for it',
  why: [
    'A mark alone routes nothing: without a policy rule for it the packet goes where unmarked ones go.',
    'Said of marks that are set before routing, under bits that policy rules ask for, and asked for by no rule of any table. Where a policy rule waits for a mark that nobody sets, or a table with a default route for a policy rule, it is a warning. Else it is a note: the mark may be for tc, or for what is to go by main.',
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
      const waiting = unfed.find(({ mark }) => (mark.mask & set.value) !== 0);
      return [
        report(
          machine,
          family,
          set,
          waiting === undefined ? idleTable(machine, family) : waits(machine, waiting),
        ),
      ];
    });
}

/** The bits a policy rule is about: a bare mark compares all, and means its own. */
function fieldOf({ value, mask }: Mark): number {
  return mask === FULL_MASK ? value : mask;
}

/** What stands beside the mark, which makes it likely that it is meant to route, and the table it is meant for. */
interface Near {
  readonly words: string;
  readonly table?: number;
}

function waits(machine: Machine, rule: PolicyRule): Near {
  const { action } = rule;
  const words = `"${sayPolicyRule(machine, rule)}" waits for one that nobody sets`;
  return action.kind === 'lookup' ? { words, table: action.table } : { words };
}

/** A table with a way out that no policy rule looks into. */
function idleTable(machine: Machine, family: Family): Near | undefined {
  if (!tablesKnown(machine, family)) return undefined;
  const looked = new Set(
    machine.state.policyRules.map(({ action }) => (action.kind === 'lookup' ? action.table : MAIN_TABLE)),
  );
  const idle = defaultRoutes(machine, family).find(({ table }) => table !== MAIN_TABLE && !looked.has(table));
  if (idle === undefined) return undefined;
  return { words: `no policy rule looks into table ${tableName(machine, idle.table)}`, table: idle.table };
}

/** The rule that is missing, with the table it leads to where there is none yet. */
function cureOf(machine: Machine, family: Family, mark: string, table: number | undefined): string {
  const [main] = defaultRoutes(machine, family).filter((route) => route.table === MAIN_TABLE);
  const device = outsideNames(machine, family).find((name) => name !== main?.hops[0]?.device) ?? 'wan1';
  const way = table === undefined ? tableOfWan(machine, family, device) : { table, lines: [], notes: [] };
  const first = Math.min(...ownMarkRules(machine, family).map(({ priority }) => priority), FIRST_PRIORITY);
  const rule = `${ipCommand(family)} rule add fwmark ${mark} lookup ${tableName(machine, way.table)} priority ${priorityForRule(machine.state, family, first - 1)}`;
  if (table !== undefined) return cureText('ask for the mark', [rule]);
  const guess = `${device} stands for the uplink that the mark is for`;
  return cureText('ask for the mark, in a table with a way out', [...way.lines, rule], [guess, ...way.notes]);
}

/** Behind the local table and before main, with room on both sides. */
const FIRST_PRIORITY = 100;

function report(
  machine: Machine,
  family: Family,
  { write, value, mask }: SetMark,
  near: Near | undefined,
): Finding {
  const words = ruleText(machine, write.at.rule);
  const span = rulePlace(machine, write.at.rule);
  const mark = mask === FULL_MASK ? formatWord(value) : formatMark({ value, mask });
  return {
    check: markWithoutRule.id,
    severity: near === undefined ? 'note' : 'warning',
    message: `no ${familyName(family)} policy rule asks for mark ${mark}: its packets are routed like those without a mark${near === undefined ? '' : `, while ${near.words}`}`,
    span,
    path: [{ span, rule: words }],
    cure: cureOf(machine, family, mark, near?.table),
    ...shown(
      machine,
      flowToRule(machine, write.at, { family, shows: (path) => carries(path, { value, mask }) }) ??
        flowToRule(machine, write.at, { family }),
      near === undefined ? ['the mark is not for tc, nor meant to go by main'] : [],
    ),
    key: ruleKey(write.at, words),
  };
}

/** It is routed with the mark, that is, no rule behind takes it away. */
function carries({ packets: [first] }: TracePath, { value, mask }: Mark): boolean {
  return first !== undefined && bitsOf(routedMark(first), mask) === value;
}
