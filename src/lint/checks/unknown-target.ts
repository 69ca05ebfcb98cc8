import type { Table } from '../../kernel/netfilter.ts';
import type { Check } from '../check.ts';
import { nftWords, saveWords } from '../cures/rule-text.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { type ShownFlow, shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { rulePlace, ruleText } from '../rule-place.ts';
import { type ChainGraph, chainGraphs, type UnknownTarget } from '../rulesets/chain-graph.ts';
import { isUnknownChain } from '../rulesets/missing-names.ts';
import { isModelled } from '../rulesets/target-names.ts';

export const unknownTarget: Check = {
  id: 'unknown-target',
  severity: 'note',
  summary: 'What a target or statement does is not known, so nothing is said of packets that meet it.',
  why: [
    'A target may end the chain or not, and may set the mark or not. Of one that is not known neither is guessed: packets that reach it are not followed any further, and other checks are silent about them.',
    'Some options exist only in the kernels of one firmware: `CONNMARK --set-return` and `MARK --set-mark-return` of Tomato and asuswrt set the mark and leave the chain at once. A kernel without them refuses the table.',
  ],
  bad: {
    files: {
      'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -s 172.17.0.9/32 -j IPMARK --addr src --and-mask 0xff
COMMIT
`,
    },
  },
  good: {
    files: {
      'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -s 172.17.0.9/32 -j TTL --ttl-set 64
COMMIT
`,
    },
  },
  run: (machine) =>
    chainGraphs(machine.state).flatMap((graph) =>
      groups(graph).flatMap((group) => tell(machine, graph, group)),
    ),
};

/** Uses of one target; of a target that is known, of one form of it. */
function groups(graph: ChainGraph): readonly (readonly UnknownTarget[])[] {
  const found = new Map<string, UnknownTarget[]>();
  for (const chain of [...graph.chains.values()].flat())
    for (const target of graph.mentions(chain).unknownTargets) {
      if (isUnknownChain(target, graph)) continue;
      const key = isModelled(target.name) ? `${target.name} ${optionsOf(target.text)}` : target.name;
      const group = found.get(key);
      if (group === undefined) found.set(key, [target]);
      else group.push(target);
    }
  return [...found.values()];
}

function optionsOf(text: string): string {
  return text
    .split(' ')
    .filter((word) => word.startsWith('--'))
    .join(' ');
}

function tell(machine: Machine, graph: ChainGraph, group: readonly UnknownTarget[]): readonly Finding[] {
  const [first] = group;
  const [table] = graph.tables;
  if (first === undefined || table === undefined) return [];
  const more = group.length === 1 ? '' : ` (${group.length} rules)`;
  return [
    {
      check: unknownTarget.id,
      severity: 'note',
      message: `${nameOf(first, table)}${more}: packets that get here are not followed any further`,
      span: rulePlace(machine, first.rule),
      path: group
        .slice(0, MOST_SHOWN)
        .map(({ rule }) => ({ span: rulePlace(machine, rule), rule: ruleText(machine, rule) })),
      cure: cureOf(machine, first, table),
      ...shown(machine, flowTo(machine, graph, first)),
      key: `${table.family} ${table.name} ${first.name} ${isModelled(first.name) ? optionsOf(first.text) : ''}`,
    },
  ];
}

const MOST_SHOWN = 5;

function nameOf({ name, text }: UnknownTarget, { frontend }: Table): string {
  const firmware = /--set-return|--set-mark-return/.exec(text)?.[0];
  if (firmware !== undefined)
    return `${name} ${firmware} exists only in the kernels of Tomato and asuswrt, others refuse the table`;
  if (frontend === 'nft') return `what the statement \`${name}\` does is not known`;
  if (isModelled(name) && optionsOf(text) !== '')
    return `what ${name} does with ${optionsOf(text)} is not known`;
  return `what the target ${name} does is not known`;
}

function flowTo(machine: Machine, { tables }: ChainGraph, { rule }: UnknownTarget): ShownFlow | undefined {
  for (const table of tables)
    for (const chain of table.chains) {
      const index = chain.rules.indexOf(rule);
      if (index !== -1) return flowToRule(machine, { table, chain, rule, index });
    }
  return undefined;
}

/** What it does in words that are known; else the word of whoever knows that nothing depends on it. */
function cureOf(machine: Machine, { rule, text }: UnknownTarget, { frontend }: Table): string {
  const written = ruleText(machine, rule);
  const words = (frontend === 'nft' ? nftWords(written) : saveWords(written)) ?? written;
  const firmware = /--set-(?:mark-)?return (\S+)/.exec(text);
  if (firmware !== null) {
    const mask = /--mask (\S+)/.exec(text)?.[1];
    const mark =
      firmware[1]?.includes('/') === true || mask === undefined ? firmware[1] : `${firmware[1]}/${mask}`;
    const target = /-j (\S+)/.exec(words)?.[1] ?? 'MARK';
    const lines = [`-j ${target} --set-xmark ${mark}`, '-j RETURN'].map((end) =>
      words.replace(/-j .*$/, end),
    );
    return cureText('on other kernels, in two rules that every one knows', lines);
  }
  const note = '# polywan-ignore unknown-target: it goes on to the next rule and changes no mark';
  const inRule = 'polywan:ignore=unknown-target it goes on to the next rule and changes no mark';
  const said =
    frontend === 'nft'
      ? `${words} comment "${inRule}"`
      : words.replace(/ -j /, ` -m comment --comment "${inRule}" -j `);
  return cureText(
    'write what it does with targets and statements that are known, so that it can be followed; where it goes on to the next rule and changes no mark nothing is missed, and the rule can say so',
    [said],
    [`in a file that nobody writes anew, above the line: ${note}`],
  );
}
