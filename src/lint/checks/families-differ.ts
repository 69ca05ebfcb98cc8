import type { Rule } from '../../kernel/netfilter.ts';
import type { RuleAt } from '../all-rules.ts';
import type { Check } from '../check.ts';
import { nftWords, saveWords } from '../cures/rule-text.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { flowOfOther } from '../flow/flow-of-other.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { plainWorld } from '../flow/plain-world.ts';
import { otherwise, type ShownFlow, shown } from '../flow/shown-flow.ts';
import { traceWithin } from '../flow/trace-within.ts';
import type { Machine } from '../machine.ts';
import { rulePlace, ruleText } from '../rule-place.ts';
import { type FamilyDifference, familyDifferences, type Side } from '../rulesets/family-differences.ts';

const RULES = (address: string, policy: string, last: string) => `*filter
:INPUT DROP [0:0]
:FORWARD ${policy} [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -s ${address} -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
${last}COMMIT
`;

const LAST = '-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT\n';

export const familiesDiffer: Check = {
  id: 'families-differ',
  severity: 'note',
  lacks: true,
  summary: 'The IPv4 and the IPv6 rules of one policy are alike but for a rule that one of them lacks.',
  why: [
    'Two files that say the same to two families are changed one at a time, and the second change is forgotten: a mark that is saved for IPv4 and not for IPv6, a port that is open for one only, a firewall that drops for IPv4 and lets all IPv6 through.',
    'Chains of one name are compared after addresses, ICMP and names of sets are taken out. It is told only where the two are alike otherwise, and the rule is about marks or lets packets leave the chain; rules for addresses, ICMP or DHCP are of one family by nature.',
  ],
  bad: {
    files: {
      'rules.v4': RULES('192.0.2.0/24', 'DROP', LAST),
      'rules.v6': RULES('2001:db8::/64', 'DROP', ''),
    },
  },
  good: {
    files: {
      'rules.v4': RULES('192.0.2.0/24', 'DROP', LAST),
      'rules.v6': RULES('2001:db8::/64', 'DROP', `-A INPUT -p ipv6-icmp -j ACCEPT\n${LAST}`),
    },
  },
  run: (machine) => familyDifferences(machine.state).flatMap((difference) => tell(machine, difference)),
};

function tell(machine: Machine, difference: FamilyDifference): readonly Finding[] {
  const { has, lacks } = difference;
  return difference.kind === 'policy'
    ? [tellPolicy(machine, has, lacks)]
    : difference.rules.map((rule) => {
        const words = ruleText(machine, rule);
        return {
          check: familiesDiffer.id,
          severity: 'note',
          message: `only the ${familyOf(has)} rules have \`${words}\`: chain ${lacks.chain.name} is alike for ${familyOf(lacks)} but for this`,
          span: rulePlace(machine, rule),
          path: [
            { span: rulePlace(machine, rule), rule: words, note: familyOf(has) },
            {
              span: placeOf(machine, lacks),
              rule: `chain ${lacks.chain.name}`,
              note: `${familyOf(lacks)}: not there`,
            },
          ],
          cure: cureText(`add it to the ${familyOf(lacks)} rules, or remove it here`, [
            inOther(words, has, lacks),
          ]),
          ...shown(machine, flowInBoth(machine, has, rule)),
          key: `${has.table.family} ${has.table.name} ${has.chain.name}: ${words}`,
        };
      });
}

function tellPolicy(machine: Machine, has: Side, lacks: Side): Finding {
  const { name } = lacks.chain;
  return {
    check: familiesDiffer.id,
    severity: 'note',
    message: `chain ${name} drops ${familyOf(has)} that no rule takes, and lets all of ${familyOf(lacks)} through: it has no rule`,
    span: placeOf(machine, lacks),
    path: [
      { span: placeOf(machine, has), rule: `chain ${has.chain.name}`, note: `${familyOf(has)}: policy drop` },
      {
        span: placeOf(machine, lacks),
        rule: `chain ${name}`,
        note: `${familyOf(lacks)}: policy accept, no rules`,
      },
    ],
    cure: lacks.table.frontend === 'nft' ? 'policy drop;' : `:${name} DROP [0:0]`,
    ...shown(machine, flowInBoth(machine, has, undefined)),
    key: `${lacks.table.family} ${lacks.table.name} ${name} policy`,
  };
}

function familyOf({ table }: Side): string {
  return table.family === 'ip' ? 'IPv4' : 'IPv6';
}

function placeOf(machine: Machine, { chain, table }: Side): Finding['span'] {
  return chain.span ?? table.span ?? { file: machine.name, start: 0, end: 0 };
}

/** A flow of the family that lacks the rule; beside it the same flow of the other one, which comes to the rule. */
function flowInBoth(machine: Machine, has: Side, rule: Rule | undefined): ShownFlow | undefined {
  const { table, chain } = has;
  const family = table.family === 'ip6' ? 'ipv6' : 'ipv4';
  const other = family === 'ipv6' ? 'ipv4' : 'ipv6';
  const index = rule === undefined ? chain.rules.length : chain.rules.indexOf(rule);
  const first =
    rule === undefined
      ? flowToPolicy(machine, has)
      : flowToRule(machine, { table, chain, rule, index }, { family });
  if (first === undefined) return undefined;
  const world = plainWorld(machine, other);
  const flow = flowOfOther(first, world);
  const names = first.path.packets.map(({ name }) => name);
  const path = traceWithin(machine, world, flow, names)?.paths[0];
  return path === undefined
    ? undefined
    : { world, flow, path, otherwise: otherwise(`by ${familyOf(has)}`, first.path) };
}

/** What no rule takes, and the policy drops. */
function flowToPolicy(machine: Machine, { table, chain }: Side): ShownFlow | undefined {
  const at: RuleAt = { table, chain, rule: { statements: [] }, index: chain.rules.length };
  return flowToRule(machine, at, { shows: ({ packets }) => packets[0]?.disposition.kind === 'dropped' });
}

/** The rule with the other family's chain, and in a script with its program. */
function inOther(words: string, has: Side, lacks: Side): string {
  if (lacks.table.frontend === 'nft') return nftWords(words) ?? words;
  const rule = saveWords(words)?.replace(`-A ${has.chain.name} `, `-A ${lacks.chain.name} `) ?? words;
  if (rule === words || words.startsWith('-A ')) return rule;
  const { family, name } = lacks.table;
  const table = name === 'filter' ? '' : ` -t ${name}`;
  return `${family === 'ip6' ? 'ip6tables' : 'iptables'}${table} ${rule}`;
}
