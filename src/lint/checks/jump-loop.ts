import type { Check } from '../check.ts';
import { nftWords, saveWords } from '../cures/rule-text.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { rulePlace, ruleText } from '../rule-place.ts';
import { type ChainGraph, chainGraphs } from '../rulesets/chain-graph.ts';
import { type JumpLoop, jumpLoops } from '../rulesets/jump-loops.ts';

export const jumpLoop: Check = {
  id: 'jump-loop',
  severity: 'error',
  summary: 'Chains jump to each other in a circle: the kernel refuses the table.',
  why: [
    'A packet could go round for ever, so the kernel looks for circles when a table is loaded, and refuses the whole table when it finds one ("Too many levels of symbolic links").',
  ],
  bad: {
    files: {
      'rules.v4': `*filter
:FORWARD ACCEPT [0:0]
:clients - [0:0]
:servers - [0:0]
-A FORWARD -i lan0 -j clients
-A clients -p tcp -j servers
-A servers -s 172.17.0.0/24 -j clients
COMMIT
`,
    },
  },
  good: {
    files: {
      'rules.v4': `*filter
:FORWARD ACCEPT [0:0]
:clients - [0:0]
:servers - [0:0]
-A FORWARD -i lan0 -j clients
-A clients -p tcp -j servers
-A servers -s 172.17.0.0/24 -j RETURN
-A servers -p tcp -m tcp --dport 25 -j REJECT --reject-with icmp-port-unreachable
COMMIT
`,
    },
  },
  run: (machine) =>
    chainGraphs(machine.state).flatMap((graph) =>
      jumpLoops(graph).flatMap((loop) => tell(machine, graph, loop)),
    ),
};

function tell(machine: Machine, { tables }: ChainGraph, { chains, calls }: JumpLoop): readonly Finding[] {
  const last = calls.at(-1);
  const [table] = tables;
  if (last === undefined || table === undefined) return [];
  const words = ruleText(machine, last.rule);
  const round = [...chains, last.target].join(' → ');
  return [
    {
      check: jumpLoop.id,
      severity: 'error',
      message: `chains of table ${table.name} jump in a circle (${round}): the kernel refuses the whole table`,
      span: rulePlace(machine, last.rule),
      path: calls.map(({ rule }) => ({ span: rulePlace(machine, rule), rule: ruleText(machine, rule) })),
      cure: cureText('return where it jumps back', [
        table.frontend === 'nft'
          ? (nftWords(words)?.replace(/\b(?:jump|goto)\s+\S+/, 'return') ?? 'return')
          : (saveWords(words)?.replace(/-[jg] .*$/, '-j RETURN') ?? '-j RETURN'),
      ]),
      key: `${table.family} ${table.name} ${[...chains].sort().join(' ')}`,
    },
  ];
}
