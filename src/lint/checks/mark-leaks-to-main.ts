import type { PolicyRule } from '../../kernel/routing.ts';
import { policyRuleWords } from '../../kernel/routing-words.ts';
import type { KernelState } from '../../kernel/state.ts';
import { formatMark, formatWord, type Mark } from '../../net/mark.ts';
import type { Check } from '../check.ts';
import { freePriority, freePriorityBefore } from '../cures/free-numbers.ts';
import { moveLines } from '../cures/replace-rule.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { policyRuleStep, spanOr } from '../marks/rule-words.ts';
import { ipCommand, tableName } from '../routes/ip-command.ts';
import { askWithMark, type MarkedLookup, markedLookups } from '../routes/marked-lookups.ts';
import { sufferingFlow } from '../routes/suffering-flow.ts';

const RULES = `0:\tfrom all lookup local
90:\tfrom all lookup main suppress_prefixlength 0
100:\tfrom all fwmark 0x1/0xff lookup 101
200:\tfrom all fwmark 0x1/0xff unreachable
32766:\tfrom all lookup main
`;
const ROUTES = `default via 192.0.2.1 dev wan0
192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2
default dev wg0 table 101
`;

export const markLeaksToMain: Check = {
  id: 'mark-leaks-to-main',
  severity: 'warning',
  lacks: true,
  summary: "nothing stops a mark's packets from leaving by main when their uplink goes",
  why: [
    'When an interface goes down, the kernel takes its routes away. The marked table is then empty, the policy rule is passed over, and main sends the packets out by another interface: what was to go through a tunnel goes out in the clear, and masqueraded connections are killed.',
    'The guard is a later policy rule with the same mark and `unreachable`, or an unreachable default of a high metric in the table itself.',
    'For a tunnel it is a warning. For an ordinary uplink it may be meant as a fallback, and is a note.',
  ],
  bad: { files: { 'rules.txt': RULES.replace(/^200.*\n/m, ''), 'routes.txt': ROUTES } },
  good: { files: { 'rules.txt': RULES, 'routes.txt': ROUTES } },
  run: (machine) => markedLookups(machine).flatMap((marked) => judge(machine, marked)),
};

function judge(machine: Machine, { rule, family, word, table, routes }: MarkedLookup): readonly Finding[] {
  const device = routes.find(({ destination, type }) => destination.length === 0 && type === 'unicast')
    ?.hops[0]?.device;
  if (device === undefined) return [];
  const before = askWithMark(machine, machine.state, family, word);
  if (before?.winner !== rule) return [];
  const asked = askWithMark(machine, withoutDevice(machine.state, device), family, word);
  const disposition = asked?.path.packets[0]?.disposition;
  if (asked === undefined || disposition?.kind !== 'routed') return [];
  const mark = rule.selector.fwmark ?? { value: word, mask: word };
  return [
    {
      check: markLeaksToMain.id,
      severity: isTunnel(machine.state, device) ? 'warning' : 'note',
      message: `when ${device} is down, packets with mark ${formatWord(word)} leave by ${disposition.interface}: table ${tableName(machine, table)} is empty then, and no rule stops them`,
      span: spanOr(machine, rule.span),
      path: [
        policyRuleStep(machine, rule, `empty while ${device} is down`),
        ...(asked.winner === undefined
          ? []
          : [policyRuleStep(machine, asked.winner, `leaves by ${disposition.interface}`)]),
      ],
      flow: sufferingFlow(machine, asked.flow, asked.path),
      cure: guardBehind(machine, rule, mark),
      key: `${family} ${policyRuleWords(rule)}`,
    },
  ];
}

/** The guard; where nothing is free between the rule and main's, the two of them further before. */
function guardBehind(machine: Machine, rule: PolicyRule, mark: Mark): string {
  const { state } = machine;
  const guard = (priority: number) =>
    `${ipCommand(rule.family)} rule add fwmark ${formatMark(mark)} unreachable priority ${priority}`;
  const behind = freePriority(state, rule.family, rule.priority);
  if (behind !== undefined) return guard(behind);
  const first = freePriorityBefore(state, rule.priority, 2);
  if (first === undefined) return 'give the table itself an unreachable default of a high metric';
  return cureText('no priority is free between this rule and that of main: move it to lower numbers', [
    ...moveLines(machine, rule, first),
    guard(first + 1),
  ]);
}

function withoutDevice(state: KernelState, device: string): KernelState {
  return {
    ...state,
    routes: state.routes.filter(
      ({ hops, type }) => type === 'local' || !hops.some((hop) => hop.device === device),
    ),
  };
}

const TUNNEL_KINDS = new Set([
  'wireguard',
  'tun',
  'gre',
  'ip6gre',
  'ipip',
  'sit',
  'vti',
  'vti6',
  'xfrm',
  'ip6tnl',
  'vxlan',
]);

function isTunnel({ links }: KernelState, device: string): boolean {
  const kind = links.find(({ name }) => name === device)?.kind;
  if (kind !== undefined) return TUNNEL_KINDS.has(kind);
  return /^(?:wg|tun|tap|gre|ipsec|vti|xfrm|tailscale|wt|vpn|nordlynx|proton|mullvad)/.test(device);
}
