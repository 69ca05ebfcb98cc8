import type { Rule } from '../../kernel/netfilter.ts';
import { ownPart } from '../../kernel/ownership.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import { flowTakenBefore } from '../flow/flow-taken-before.ts';
import { shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { rulePlace, ruleText } from '../rule-place.ts';
import { type ChainGraph, chainGraphs } from '../rulesets/chain-graph.ts';
import { type DeadRule, deadRules } from '../rulesets/dead-rules.ts';
import { unusedChains } from '../rulesets/unused-chains.ts';

export const unreachableRule: Check = {
  id: 'unreachable-rule',
  severity: 'note',
  summary: 'A rule that never applies: a rule before it has taken every packet it could match.',
  why: [
    'The walk through a chain ends at the first rule that accepts, drops, rejects, returns or translates. Whatever stands behind a rule that does so for every packet, or for every packet that the later rule matches, is never run: neither its verdict nor a mark it would set or save.',
    'Rules are compared by what they match, not by how they are written; a rule is told only where it is certain. A chain that nothing calls is of the same kind, and told where the whole table is known.',
  ],
  bad: {
    files: {
      'rules.v4': `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -s 172.17.0.0/16 -j ACCEPT
-A INPUT -s 172.17.4.0/24 -p tcp -m tcp --dport 22 -j DROP
COMMIT
`,
    },
  },
  good: {
    files: {
      'rules.v4': `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -s 172.17.4.0/24 -p tcp -m tcp --dport 22 -j DROP
-A INPUT -s 172.17.0.0/16 -j ACCEPT
COMMIT
`,
    },
  },
  run: (machine) =>
    chainGraphs(machine.state).flatMap((graph) => [
      ...deadRules(graph).map((dead) => tellRule(machine, dead)),
      ...unusedChains(machine, graph)
        .filter((chain) => !isOwn(graph, chain))
        .map((chain) => tellChain(machine, graph, chain)),
    ]),
};

/** polywan's own chains wait for their turn: a map's elements call them when WANs fail. */
function isOwn({ tables }: ChainGraph, name: string): boolean {
  return tables.some((table) => ownPart(table)?.chains.some((chain) => chain.name === name) === true);
}

function tellRule(machine: Machine, { table, chain, rule, by, more }: DeadRule): Finding {
  const at = (one: Rule) => ({ table, chain, rule: one, index: chain.rules.indexOf(one) });
  const words = ruleText(machine, rule);
  const before = ruleText(machine, by);
  const others = more === undefined || more === 0 ? '' : `, nor ${more} more behind it`;
  return {
    check: unreachableRule.id,
    severity: 'note',
    message:
      more === undefined
        ? `this rule of chain ${chain.name} never applies: \`${before}\` before it has taken every packet it matches`
        : `this rule of chain ${chain.name} is never reached${others}: \`${before}\` before it ends the chain for every packet`,
    span: rulePlace(machine, rule),
    path: [
      { span: rulePlace(machine, by), rule: before, note: 'ends the chain' },
      { span: rulePlace(machine, rule), rule: words, note: 'never reached' },
    ],
    cure: sameWords(rule, by, machine)
      ? 'remove one of the two'
      : `move it above \`${before}\`, or remove it`,
    ...shown(machine, flowTakenBefore(machine, at(rule), at(by))),
    key: `${table.family} ${table.name} ${chain.name}: ${words}`,
  };
}

function sameWords(a: Rule, b: Rule, machine: Machine): boolean {
  return ruleText(machine, a) === ruleText(machine, b);
}

function tellChain(machine: Machine, { tables }: ChainGraph, name: string): Finding {
  const owner = tables.find((table) => table.chains.some((chain) => chain.name === name));
  const chain = owner?.chains.find((one) => one.name === name);
  const rules = chain?.rules.length ?? 0;
  const [first] = chain?.rules ?? [];
  const fallback = first === undefined ? { file: machine.name, start: 0, end: 0 } : rulePlace(machine, first);
  return {
    check: unreachableRule.id,
    severity: 'note',
    message: `nothing calls chain ${name} of table ${owner?.name ?? ''}, so its ${rules === 1 ? 'rule never applies' : `${rules} rules never apply`}`,
    span: chain?.span ?? fallback,
    path: [],
    cure:
      owner?.frontend === 'nft'
        ? `add a rule \`jump ${name}\`, or remove the chain`
        : `add a rule \`-j ${name}\`, or remove the chain`,
    key: `${owner?.family ?? ''} ${owner?.name ?? ''} ${name} uncalled`,
  };
}
