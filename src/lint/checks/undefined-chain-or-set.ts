import type { Expression } from '../../kernel/expression.ts';
import type { Rule, Table } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Check } from '../check.ts';
import { isScript } from '../cures/in-script.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { rulePlace, ruleText } from '../rule-place.ts';
import { chainGraphs } from '../rulesets/chain-graph.ts';
import { type MissingName, missingNames } from '../rulesets/missing-names.ts';

export const undefinedChainOrSet: Check = {
  id: 'undefined-chain-or-set',
  severity: 'error',
  lacks: true,
  summary: 'A rule names a chain, set or map that is not there: the ruleset does not load.',
  why: [
    'iptables-restore and nft load a table whole or not at all, so one rule that jumps to a chain nobody declared, or asks a set nobody made, leaves the machine with the rules it had before, and after a boot with none.',
    'ipsets are looked for where some are given: the listing of `ipset save` beside the rules. A name in capitals may be a target that only this machine has; it is told here when it is nearly the name of a chain, and by unknown-target otherwise.',
  ],
  bad: {
    files: {
      'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
:to-fiber - [0:0]
-A PREROUTING -i lan0 -p tcp -m tcp --dport 443 -j to-fibre
-A to-fiber -j DSCP --set-dscp 0x08
COMMIT
`,
    },
  },
  good: {
    files: {
      'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
:to-fiber - [0:0]
-A PREROUTING -i lan0 -p tcp -m tcp --dport 443 -j to-fiber
-A to-fiber -j DSCP --set-dscp 0x08
COMMIT
`,
    },
  },
  run: (machine) =>
    chainGraphs(machine.state).flatMap((graph) =>
      missingNames(machine.state, graph).flatMap((missing) => tell(machine, missing)),
    ),
};

const WHERE = {
  chain: (table: string) => `table ${table} has no chain`,
  set: (table: string) => `table ${table} has no set or map`,
  ipset: () => 'there is no ipset',
} as const;

function tell(machine: Machine, missing: MissingName): readonly Finding[] {
  const { kind, name, nearest, table, rules } = missing;
  const [first] = rules;
  if (first === undefined) return [];
  const words = ruleText(machine, first);
  const meant = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
  const more = rules.length > 1 ? `, which ${rules.length} rules use` : '';
  return [
    {
      check: undefinedChainOrSet.id,
      severity: 'error',
      message: `${WHERE[kind](table.name)} "${name}"${more}${meant}: ${refusal(machine, missing, first)}`,
      span: rulePlace(machine, first),
      path: rules
        .slice(0, MOST_SHOWN)
        .map((rule) => ({ span: rulePlace(machine, rule), rule: ruleText(machine, rule) })),
      cure: nearest === undefined ? declare(missing) : words.replace(name, nearest),
      key: `${table.family} ${table.name} ${kind} ${name}`,
    },
  ];
}

function refusal(machine: Machine, { kind, table, rules }: MissingName, first: Rule): string {
  const whole = `refuses the whole ${kind === 'chain' ? 'table' : 'ruleset'}`;
  if (table.frontend === 'nft') return `nft ${whole}`;
  const program = table.family === 'ip6' ? 'ip6tables' : 'iptables';
  // A script goes on behind a command that is refused.
  return isScript(machine, rulePlace(machine, first))
    ? `${program} refuses ${rules.length > 1 ? 'them' : 'the rule'}`
    : `${program}-restore ${whole}`;
}

/** A name that a hundred rules use is one mistake. */
const MOST_SHOWN = 5;

function declare({ kind, name, table, rules: [rule] }: MissingName): string {
  if (kind === 'ipset')
    return `ipset create ${name} hash:net${table.family === 'ip6' ? ' family inet6' : ''}`;
  if (kind === 'chain') return table.frontend === 'nft' ? `chain ${name} { }` : `:${name} - [0:0]`;
  const uses = rule?.statements.flatMap((one) => keyOf(one, name) ?? []) ?? [];
  const [{ key, verdicts } = { key: undefined, verdicts: false }] = uses;
  const type = key === undefined ? 'ipv4_addr' : typeOf(key, table);
  return verdicts ? `map ${name} { type ${type} : verdict; }` : `set ${name} { type ${type}; }`;
}

interface Use {
  readonly key: Expression;
  /** A map from it to where packets go. */
  readonly verdicts: boolean;
}

/** What a statement looks up in the set. */
function keyOf(statement: Statement, name: string): Use | undefined {
  const isIt = (one: Expression) => one.kind === 'set-ref' && one.name === name;
  if (statement.kind === 'match' && isIt(statement.right)) return { key: statement.left, verdicts: false };
  return statement.kind === 'vmap' && isIt(statement.map)
    ? { key: statement.key, verdicts: true }
    : undefined;
}

/** The datatype of what is looked up, in nft's words. */
function typeOf(key: Expression, table: Table): string {
  switch (key.kind) {
    case 'concat':
      return key.parts.map((part) => typeOf(part, table)).join(' . ');
    case 'payload':
      if (key.field === 'sport' || key.field === 'dport') return 'inet_service';
      if (key.protocol === 'ether') return 'ether_addr';
      return key.protocol === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
    case 'meta':
      return META_TYPES[key.key] ?? 'ipv4_addr';
    case 'ct':
      return key.key === 'mark' ? 'mark' : 'ct_state';
    default:
      return table.family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
  }
}

const META_TYPES: Readonly<Record<string, string>> = {
  iifname: 'ifname',
  oifname: 'ifname',
  mark: 'mark',
  l4proto: 'inet_proto',
  skuid: 'uid',
  skgid: 'gid',
};
