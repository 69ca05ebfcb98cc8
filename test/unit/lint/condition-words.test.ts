import { expect, it } from 'vitest';
import { rerollWhileNew } from '../../../src/lint/checks/reroll-while-new.ts';
import { findings } from './machine-of.ts';

function conditionsOf(rules: readonly string[]): readonly (readonly string[])[] {
  const text = [
    '*mangle',
    ':PREROUTING ACCEPT [0:0]',
    '-A PREROUTING -i lan0 -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff',
    ...rules.map((rule) => `-A PREROUTING -i lan0 ${rule}`),
    '-A PREROUTING -i lan0 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff',
    'COMMIT',
    '*nat',
    ':POSTROUTING ACCEPT [0:0]',
    '-A POSTROUTING -o wan0 -j MASQUERADE',
    '-A POSTROUTING -o wan1 -j MASQUERADE',
    'COMMIT',
    '',
  ].join('\n');
  return findings(rerollWhileNew, { 'rules.v4': text }).map(({ flow }) => flow?.conditions ?? []);
}

it('conditions are in the words of the rule that asks them, each once, with the packets that were asked', () => {
  const dice = '-m statistic --mode random --probability 0.50000000000';
  const [first] = conditionsOf([
    '-m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff',
    `-m comment --comment "not -m statistic --mode nth" -m conntrack --ctstate NEW ${dice} -j MARK --set-xmark 0x1/0xff`,
  ]);
  expect(first).toEqual([`${dice} (P1, P3)`, `not: ${dice} (P1b)`]);
});

it('chance that is negated in the rule is told with its negation', () => {
  const [first] = conditionsOf([
    '-m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff',
    '-m conntrack --ctstate NEW -m statistic --mode random ! --probability 0.25000000000 -j MARK --set-xmark 0x1/0xff',
  ]);
  const dice = '-m statistic --mode random ! --probability 0.25000000000';
  expect(first).toEqual([`${dice} (P1, P3)`, `not: ${dice} (P1b)`]);
});

it('a match that is not modelled is told as it is written', () => {
  const [first] = conditionsOf([
    '-m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff',
    '-m conntrack --ctstate NEW -m limit --limit 10/min -j MARK --set-xmark 0x1/0xff',
  ]);
  expect(first).toEqual(['-m limit --limit 10/min (P1, P3)', 'not: -m limit --limit 10/min (P1b)']);
});

it('that an answer to this machine arrives is no condition where its addresses are not known', () => {
  const rules = ['0: from all lookup local', '100: from all fwmark 0x1/0xff lookup 101'];
  const found = findings(undefined, {
    'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A OUTPUT -m mark --mark 0x0/0xff -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x1/0xff
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan0 -j MASQUERADE
-A POSTROUTING -o wan1 -j MASQUERADE
COMMIT
`,
    'rule.txt': [...rules, '32766: from all lookup main', '32767: from all lookup default', ''].join('\n'),
    'route.txt': 'default via 192.0.2.1 dev wan0 table 101\ndefault via 198.51.100.1 dev wan1\n',
  });
  const [unsaved] = found.filter(({ check }) => check === 'mark-not-saved');
  const dice = '-m statistic --mode random --probability 0.5';
  expect(unsaved?.flow?.conditions).toEqual([`${dice} (P1, P1b)`, `not: ${dice} (P3)`]);
});
