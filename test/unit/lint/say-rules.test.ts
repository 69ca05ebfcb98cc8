import { expect, it } from 'vitest';
import { sayRules } from '../../../src/cli/lint/say-rules.ts';
import { readIptablesSave } from '../../../src/codec/iptables/read.ts';
import { unreachableRule } from '../../../src/lint/checks/unreachable-rule.ts';
import type { Finding } from '../../../src/lint/finding.ts';
import { lint } from '../../../src/lint/lint.ts';
import type { Machine } from '../../../src/lint/machine.ts';
import { machineOf } from './machine-of.ts';

const SAVE = `*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 192.0.2.0/24 -j ACCEPT
-A INPUT -s 192.0.2.9/32 -m comment --comment "one host" -j DROP
COMMIT
`;

const MATCH = (address: string) =>
  `{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":${address}}}`;
const RULE = (handle: number, expr: string) =>
  `{"rule":{"family":"inet","table":"fw","chain":"input","handle":${handle},"expr":[${expr}]}}`;

const JSON_TEXT = `{"nftables":[{"table":{"family":"inet","name":"fw","handle":1}},
{"chain":{"family":"inet","table":"fw","name":"input","handle":1,"type":"filter","hook":"input","prio":0,"policy":"accept"}},
${RULE(2, `${MATCH('{"prefix":{"addr":"192.0.2.0","len":24}}')},{"counter":{"packets":7,"bytes":420}},{"accept":null}`)},
${RULE(3, `${MATCH('"192.0.2.9"')},{"drop":null}`)}]}`;

function dead(machine: Machine): readonly Finding[] {
  return lint({ ...machine, say: sayRules(machine.state) }, [unreachableRule]);
}

it('rules of nft’s JSON are told as nft would print them, in what is found as in its key', () => {
  const [found] = dead(machineOf({ 'ruleset.json': JSON_TEXT }));
  expect(found?.path.map(({ rule }) => rule)).toEqual([
    'ip saddr 192.0.2.0/24 accept',
    'ip saddr 192.0.2.9 drop',
  ]);
  expect(found?.cure).toBe('move it above `ip saddr 192.0.2.0/24 accept`, or remove it');
  expect(found?.key).toBe('inet fw input: ip saddr 192.0.2.9 drop');
});

it('rules of iptables that stand nowhere are told as iptables-save would', () => {
  const { tables } = readIptablesSave(SAVE, { family: 'ip', frontend: 'iptables-nft', file: '' });
  const machine = machineOf({ 'rules.v4': SAVE });
  const [found] = dead({ ...machine, sources: new Map(), state: { ...machine.state, tables } });
  expect(found?.path.map(({ rule }) => rule)).toEqual([
    '-A INPUT -s 192.0.2.0/24 -j ACCEPT',
    '-A INPUT -s 192.0.2.9 -m comment --comment "one host" -j DROP',
  ]);
});

it('what is written as a rule is told as it is written', () => {
  const [found] = dead(
    machineOf({ 'rules.v4': SAVE.replace('-A INPUT -s 192.0.2.0/24', '-A INPUT  -s  192.0.2.0/24') }),
  );
  expect(found?.path[0]?.rule).toBe('-A INPUT -s 192.0.2.0/24 -j ACCEPT');
});
