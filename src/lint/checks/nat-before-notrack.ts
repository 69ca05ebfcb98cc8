import type { Check } from '../check.ts';
import { nftWords, saveWords } from '../cures/rule-text.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { flowTakenBefore } from '../flow/flow-taken-before.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { type ShownFlow, shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import type { NatRule } from '../nat/source-rules.ts';
import {
  comesTooLate,
  type DeadNat,
  deadTranslations,
  type NotrackRule,
  notrackRules,
} from '../nat/untracked.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const RULES = (match: string) => `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING ${match} -j CT --notrack
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -p udp -m udp --dport 53 -j DNAT --to-destination 172.17.0.53
COMMIT
`;

export const natBeforeNotrack: Check = {
  id: 'nat-before-notrack',
  severity: 'error',
  summary:
    'A translation never applies because its packets are untracked, or notrack comes too late to keep them so.',
  why: [
    'nat chains see only the first packet of a tracked connection. What raw has marked as untracked passes them by, so a port forward or masquerade for such packets never happens.',
    'The other way round, nft takes `notrack` in any chain, but conntrack looks at packets at priority -200 of prerouting and output: in a chain behind that, or at another hook, notrack does nothing, and the packets are tracked and translated after all. That is a warning.',
  ],
  bad: { files: { 'rules.v4': RULES('-p udp -m udp --dport 53') } },
  good: { files: { 'rules.v4': RULES('-p udp -m udp --dport 123') } },
  run: (machine) => [
    ...deadTranslations(machine.state).map((dead) => tellDead(machine, dead)),
    ...notrackRules(machine.state)
      .filter(comesTooLate)
      .map((late) => tellLate(machine, late)),
  ],
};

function tellDead(machine: Machine, { nat, by }: DeadNat): Finding {
  const words = ruleText(machine, nat.rule);
  const notrack = ruleText(machine, by.rule);
  return {
    check: natBeforeNotrack.id,
    severity: 'error',
    message: `\`${words}\` never applies: \`${notrack}\` leaves its packets untracked, and only tracked ones are translated`,
    span: rulePlace(machine, nat.rule),
    path: [
      { span: rulePlace(machine, by.rule), rule: notrack, note: 'no connection entry' },
      { span: rulePlace(machine, nat.rule), rule: words, note: 'not reached by untracked packets' },
    ],
    cure: trackedFirst(nat, by, words),
    ...shown(machine, flowTakenBy(machine, nat, by)),
    key: `${nat.table.family} ${nat.table.name} ${nat.chain.name}: ${words}`,
  };
}

function tellLate(machine: Machine, { table, chain, rule }: NotrackRule): Finding {
  const words = ruleText(machine, rule);
  return {
    check: natBeforeNotrack.id,
    severity: 'warning',
    message: `notrack in chain ${chain.name} does nothing: conntrack has looked at the packet before, at priority -200 of prerouting and output`,
    span: rulePlace(machine, rule),
    path: [{ span: rulePlace(machine, rule), rule: words, note: 'too late' }],
    cure: cureText(
      table.frontend === 'nft'
        ? 'move it to a chain before connection tracking (`hook output` for own packets)'
        : 'move it to the raw table (OUTPUT for own packets)',
      table.frontend === 'nft'
        ? ['type filter hook prerouting priority raw; policy accept;']
        : [
            '*raw',
            (saveWords(words) ?? '-A PREROUTING -j CT --notrack').replace(/^-[AI] \S+/, '-A PREROUTING'),
            'COMMIT',
          ],
    ),
    ...shown(machine, flowToRule(machine, { table, chain, rule, index: chain.rules.indexOf(rule) })),
    key: `${table.family} ${table.name} ${chain.name}: ${words}`,
  };
}

/** What the translation is for leaves the notrack's chain before it. */
function trackedFirst({ table }: NatRule, { chain, table: raw }: NotrackRule, words: string): string {
  const lead = `let these packets leave before the notrack, above it in chain ${chain.name}, or remove the translation`;
  if (raw.frontend === 'nft' || table.frontend === 'nft')
    return cureText(lead, [
      (nftWords(words) ?? 'dnat').replace(
        /\s*(?:counter\s+)?\b(?:dnat|snat|masquerade|redirect)\b.*$/,
        ' accept',
      ),
    ]);
  const rule = saveWords(words) ?? `-A ${chain.name} -j ACCEPT`;
  const moved = rule.replace(/^-[AI] \S+/, `-A ${chain.name}`).replace(/ -j .*$/, ' -j ACCEPT');
  return cureText(lead, [`*${raw.name}`, moved, 'COMMIT']);
}

/** A packet that the translation is for, as the notrack lets it go, and tracked. */
function flowTakenBy(
  machine: Machine,
  { table, chain, rule }: NatRule,
  by: NotrackRule,
): ShownFlow | undefined {
  const nat = { table, chain, rule, index: chain.rules.indexOf(rule) };
  return flowTakenBefore(machine, nat, { ...by, index: by.chain.rules.indexOf(by.rule) });
}
