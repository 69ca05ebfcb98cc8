import { expect, it } from 'vitest';
import { placeLive } from '../../../src/cli/lint/place-live.ts';
import { nftLine, sayRules } from '../../../src/cli/lint/say-rules.ts';
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

const UNMODELLED = [
  '{"match":{"op":"==","left":{"exthdr":{"name":"rt","field":"type"}},"right":0}},{"drop":null}',
  '{"match":{"op":"==","left":{"payload":{"base":"nh","offset":96,"len":32}},"right":1}},{"accept":null}',
  '{"mangle":{"key":{"meta":{"key":"mark"}},"value":{"osf":{"key":"name"}}}}',
  '{"counter":"c"},{"accept":null}',
  '{"ct count":{"val":3,"inv":true}},{"drop":null}',
];

it('what nft has and polywan does not know is told as it was met', () => {
  const rules = UNMODELLED.map((expr, at) => RULE(at + 2, expr)).join();
  const head = JSON_TEXT.slice(0, JSON_TEXT.indexOf('{"rule"'));
  const { state } = machineOf({ 'ruleset.json': `${head}${rules}]}` });
  const said = state.tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules.map(nftLine)));
  expect(said).toEqual([
    '{"exthdr":{"name":"rt","field":"type"}} 0 drop',
    '{"payload":{"base":"nh","offset":96,"len":32}} 1 accept',
    'meta mark set {"osf":{"key":"name"}}',
    '{"counter":"c"} accept',
    '{"ct count":{"val":3,"inv":true}} drop',
  ]);
  const { sources } = placeLive(state);
  for (const line of said) expect(sources.get('nft list ruleset')).toContain(line);
});
