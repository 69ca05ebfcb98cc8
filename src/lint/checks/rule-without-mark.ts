import { devicesOf, MAIN_TABLE, type PolicyRule } from '../../kernel/routing.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import { formatMark, formatWord, type Mark } from '../../net/mark.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import { flowOfPolicyRule, flowWithMark } from '../flow/flow-with-mark.ts';
import { otherwise, type ShownFlow, shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { isRead, unfedRules, unreadMarks } from '../marks/routing-marks.ts';
import { policyRuleStep, spanOr } from '../marks/rule-words.ts';
import { defaultRoutes } from '../routes/interfaces.ts';
import { ipCommand } from '../routes/ip-command.ts';

const RULES = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -s 192.168.1.7/32 -j MARK --set-xmark 0x1/0xff
COMMIT
`;
const LISTING =
  '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1/0xff lookup 101\n101:\tfrom all fwmark 0x2/0xff lookup 102\n32766:\tfrom all lookup main\n';

export const ruleWithoutMark: Check = {
  id: 'rule-without-mark',
  severity: 'note',
  lacks: true,
  summary: 'a policy rule asks for a mark that no rule sets',
  why: [
    'No order of the rules that set, save and restore marks makes this one: the table behind the policy rule is never used by what they mark.',
    'Programs may set the mark on their sockets, and tc on packets, which rulesets do not show, so it is a note. Marks of known programs are passed over; where a rule sets a mark that no policy rule asks for, that is reported instead. Rules of WANs that packets come to otherwise are passed over, too.',
  ],
  bad: { files: { 'rules.v4': RULES, 'rules.txt': LISTING } },
  good: {
    files: {
      'rules.v4': RULES.replace(
        'COMMIT',
        '-A PREROUTING -i lan0 -s 192.168.1.8/32 -j MARK --set-xmark 0x2/0xff\nCOMMIT',
      ),
      'rules.txt': LISTING,
    },
  },
  run: (machine) => FAMILIES.flatMap((family) => judge(machine, family)),
};

function judge(machine: Machine, family: Family): readonly Finding[] {
  const unfed = unfedRules(machine, family);
  if (unfed.length === 0) return [];
  // A mark that is set and not asked for is reported at the rule that sets it, with the policy rule beside it.
  if (unreadMarks(machine, family).some((set) => !isRead(machine, family, set))) return [];
  const marks = new Map<string, PolicyRule & { readonly mark: Mark }>();
  // A guard has the mark of the lookup before it.
  for (const rule of unfed)
    if (!marks.has(formatMark(rule.mark)) && !isSpare(machine, rule, unfed))
      marks.set(formatMark(rule.mark), rule);
  return [...marks.values()].map((rule) => ({
    check: ruleWithoutMark.id,
    severity: 'note',
    message: `no rule sets mark ${formatMark(rule.mark)}, which this policy rule asks for`,
    span: spanOr(machine, rule.span),
    path: [policyRuleStep(machine, rule)],
    cure: cureOf(machine, rule),
    ...shown(machine, flowWithout(machine, rule), ['no program sets it on its sockets, and tc does not']),
    key: `${family} ${formatMark(rule.mark)}`,
  }));
}

/** A flow as it goes without the mark, and as it would with it. */
function flowWithout(machine: Machine, rule: PolicyRule): ShownFlow | undefined {
  const marked = flowOfPolicyRule(machine, rule);
  const plain = flowWithMark(machine, rule.family, 0);
  if (plain === undefined || marked === undefined) return plain;
  const { value, mask } = rule.selector.fwmark ?? { value: 0, mask: 0 };
  return { ...plain, otherwise: otherwise(`with mark ${formatWord((value & mask) >>> 0)}`, marked.path) };
}

function cureOf({ state, roles }: Machine, { family, priority, selector }: PolicyRule): string {
  const { value, mask } = selector.fwmark ?? { value: 0, mask: 0 };
  const [lan = 'lan0'] = roles.lans;
  const isNft = state.tables.some(({ frontend }) => frontend === 'nft');
  const keep = (~mask >>> 0).toString(16);
  const set = isNft
    ? `iifname "${lan}" ct state new meta mark set meta mark & 0x${keep} | ${formatWord(value)}`
    : `-A PREROUTING -i ${lan} -m conntrack --ctstate NEW -j MARK --set-xmark ${formatMark({ value, mask })}`;
  return [
    'take the rule away:',
    `${ipCommand(family)} rule del priority ${priority}`,
    `or set the mark where connections are chosen for it, for instance all that come in by ${lan}:`,
    set,
  ].join('\n');
}

/** Another way leads there too: the rule stands for a WAN that packets without a mark take. */
function isSpare(machine: Machine, rule: PolicyRule, unfed: readonly PolicyRule[]): boolean {
  const { action, family } = rule;
  if (action.kind !== 'lookup') return true;
  const others = machine.state.policyRules.filter(
    (one) => one.family === family && !unfed.some(({ priority }) => priority === one.priority),
  );
  const tables = new Set(others.map((one) => (one.action.kind === 'lookup' ? one.action.table : MAIN_TABLE)));
  if (tables.has(action.table)) return true;
  const exits = (wanted: (table: number) => boolean) =>
    defaultRoutes(machine, family)
      .filter(({ table }) => wanted(table))
      .flatMap(devicesOf);
  const reached = new Set(exits((table) => tables.has(table)));
  const own = exits((table) => table === action.table);
  return own.length > 0 && own.every((device) => reached.has(device));
}
