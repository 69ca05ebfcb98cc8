import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
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
    cure: `take these packets out of \`${notrack}\`, or remove the translation`,
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
    cure: 'move it to a chain with: type filter hook prerouting priority raw; (or hook output for own packets)',
    key: `${table.family} ${table.name} ${chain.name}: ${words}`,
  };
}
