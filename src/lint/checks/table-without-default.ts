import { policyRuleWords } from '../../kernel/routing-words.ts';
import type { Family } from '../../net/family.ts';
import { formatWord } from '../../net/mark.ts';
import type { Check } from '../check.ts';
import { cureText, defaultInto, idleWan } from '../cures/way-out.ts';
import type { Finding, Severity } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { policyRuleStep, spanOr } from '../marks/rule-words.ts';
import { tableName } from '../routes/ip-command.ts';
import { askWithMark, type MarkedLookup, markedLookups } from '../routes/marked-lookups.ts';
import { sayExit, sufferingFlow } from '../routes/suffering-flow.ts';

const RULES = `0:\tfrom all lookup local
90:\tfrom all lookup main suppress_prefixlength 0
100:\tfrom all fwmark 0x1/0xff lookup 101
200:\tfrom all fwmark 0x1/0xff unreachable
32766:\tfrom all lookup main
`;

export const tableWithoutDefault: Check = {
  id: 'table-without-default',
  severity: 'error',
  lacks: true,
  summary: "the table a mark's packets are looked up in has no default route",
  why: [
    'A policy rule whose table has no route for a packet is passed over, and the next rules are asked, in the end main: the marked packets leave by the default WAN, with whatever address is translated there.',
    'Where a later rule with the same mark is `unreachable`, they leave nowhere: that is a warning, for the uplink may have been down when the routes were listed.',
    'Asked is what becomes of a packet to the world that has this mark and nothing else.',
  ],
  bad: {
    files: {
      'rules.txt': RULES.replace(/^200.*\n/m, ''),
      'routes.txt': `default via 192.0.2.1 dev wan0
192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2
198.51.100.0/24 dev wan1 proto kernel scope link src 198.51.100.2
198.51.100.0/24 dev wan1 table 101
`,
    },
  },
  good: {
    files: {
      'rules.txt': RULES,
      'routes.txt': `default via 192.0.2.1 dev wan0
192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2
198.51.100.0/24 dev wan1 proto kernel scope link src 198.51.100.2
default via 198.51.100.1 dev wan1 table 101
`,
    },
  },
  run: (machine) => markedLookups(machine).flatMap((lookup) => judge(machine, lookup)),
};

function judge(machine: Machine, marked: MarkedLookup): readonly Finding[] {
  const { rule, family, word, table, routes } = marked;
  if (routes.some(({ destination }) => destination.length === 0)) return [];
  const asked = askWithMark(machine, machine.state, family, word);
  if (asked === undefined || asked.lookup.result.kind === 'unknown') return [];
  const { winner, flow, path } = asked;
  // Another rule that asks for the mark has a way for it, or the table has one that is no default (0.0.0.0/1).
  if (winner === rule || (winner?.action.kind === 'lookup' && asksFor(winner.selector.fwmark, word)))
    return [];
  const disposition = path.packets[0]?.disposition;
  const exit = disposition === undefined ? 'nowhere' : sayExit(disposition);
  const goes = disposition?.kind === 'routed';
  const split = routes.some(({ hops }) => hops.some(({ gateway }) => gateway !== undefined));
  const severity: Severity = goes && !split ? 'error' : 'warning';
  const what = routes.length === 0 ? 'is empty' : 'has no default route';
  return [
    {
      check: tableWithoutDefault.id,
      severity,
      message: `table ${tableName(machine, table)} ${what}: packets with mark ${formatWord(word)} ${goes ? `leave by ${exit} instead` : `have nowhere to go (${exit})`}`,
      span: spanOr(machine, rule.span),
      path: [
        policyRuleStep(machine, rule, `table ${tableName(machine, table)} has no route for it`),
        ...(winner === undefined ? [] : [policyRuleStep(machine, winner, goes ? `leaves by ${exit}` : exit)]),
      ],
      flow: sufferingFlow(machine, flow, path),
      cure: cureOf(machine, family, table),
      key: `${family} ${policyRuleWords(rule)}`,
    },
  ];
}

function cureOf(machine: Machine, family: Family, table: number): string {
  const device = idleWan(machine, family, table) ?? 'wan1';
  const { lines, notes } = defaultInto(machine, family, device, table);
  const guess = `${device} stands for the uplink that table ${tableName(machine, table)} is for`;
  return cureText('give the table a way out', lines, [guess, ...notes]);
}

function asksFor(
  fwmark: { readonly value: number; readonly mask: number } | undefined,
  word: number,
): boolean {
  return (
    fwmark !== undefined && (fwmark.value & fwmark.mask) !== 0 && ((fwmark.value ^ word) & fwmark.mask) === 0
  );
}
