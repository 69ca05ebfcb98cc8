import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readIptablesSave } from '../../src/codec/iptables/read.ts';
import type { Table } from '../../src/kernel/netfilter.ts';
import { MAIN_TABLE } from '../../src/kernel/routing.ts';
import { EMPTY_STATE } from '../../src/kernel/state.ts';
import { maskMismatch } from '../../src/lint/checks/mask-mismatch.ts';
import { defaultRoute } from '../../src/lint/flow/build-routing.ts';
import { lint } from '../../src/lint/lint.ts';
import { makeMachine } from '../../src/lint/make-machine.ts';

// What is said of masks and shifts is what packets show: two datagrams of one connection are sent, and counted by marks.

const namespace = `pwshift${process.pid}`;
const PORT = 5555;

function run(words: readonly string[], input = ''): string {
  const [program = '', ...rest] = words;
  return execFileSync(program, rest, {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: 20_000,
  });
}

function inside(words: readonly string[], input = ''): string {
  return run(['ip', 'netns', 'exec', namespace, ...words], input);
}

beforeEach(() => {
  const ip = (...words: readonly string[]) => run(['ip', '-n', namespace, ...words]);
  run(['ip', 'netns', 'add', namespace]);
  ip('link', 'add', 'wan0', 'type', 'veth', 'peer', 'name', 'isp0');
  for (const device of ['wan0', 'isp0']) ip('link', 'set', device, 'up');
  ip('address', 'add', '198.51.100.2/24', 'dev', 'wan0');
  ip('neighbour', 'add', '198.51.100.9', 'lladdr', '02:00:00:00:00:01', 'dev', 'wan0');
});
afterEach(() => run(['ip', 'netns', 'delete', namespace]));

function save(restored: string, saved: string): string {
  const rule = (rest: string) => `-A OUTPUT -p udp -m udp --dport ${PORT} ${rest}\n`;
  return `*mangle
:OUTPUT ACCEPT [0:0]
${rule(`-j CONNMARK --restore-mark ${restored}`)}${rule('-m mark --mark 0x0/0xff -j MARK --set-xmark 0x12/0xff')}${rule('-m mark --mark 0x12/0xff')}${rule(`-j CONNMARK --save-mark ${saved}`)}${rule('-m connmark --mark 0x1200/0xff00')}COMMIT
`;
}

/** The router's own packets go nowhere without one. */
const ROUTES = [defaultRoute('ipv4', MAIN_TABLE, ['wan0'])];

function finds(tables: readonly Table[]): boolean {
  const given = {
    policyRules: new Set<never>(),
    routes: new Set<never>(),
    rulesets: new Set(['ipv4'] as const),
    links: false,
    sysctls: false,
    whole: false,
  };
  const machine = makeMachine({
    name: '',
    state: { ...EMPTY_STATE, tables, routes: ROUTES },
    given,
    sources: new Map(),
  });
  return lint(machine, [maskMismatch]).length > 0;
}

const masks = (packet: string, connection: string) => `--nfmask ${packet} --ctmask ${connection}`;

it.each([
  ['the reverse', masks('0xff', '0xff00'), 8, masks('0xff', '0xff00'), true],
  ['the reverse, and wider', masks('0xfff', '0xff00'), 8, masks('0xff', '0xffff'), true],
  ['a part', masks('0xff', '0xf00'), 8, masks('0xff', '0xff00'), false],
  ['shifted less', masks('0xff', '0xff00'), 4, masks('0xff', '0xff00'), false],
  ['not cleared by the save', masks('0xff', '0xff00'), 8, masks('0xff', '0xff'), false],
])('a restore and a save that shift: %s', (_, restored, by, saved, works) => {
  const text = save(`${restored} --right-shift-mark ${by}`, `${saved} --left-shift-mark 8`);
  inside(['iptables-restore'], text);
  for (let sent = 0; sent < 2; sent += 1)
    inside(['socat', '-u', '-', `UDP4-SENDTO:198.51.100.9:${PORT},sourceport=4444`], 'x');
  const listed = inside(['iptables-save', '-c', '-t', 'mangle']);
  const [marked, kept] = [...listed.matchAll(/^\[(\d+):\d+\](?!.* -j ).*$/gm)].map(([, count]) => count);
  expect(marked === '2' && kept === '2').toBe(works);
  const { tables } = readIptablesSave(text, { family: 'ip', frontend: 'iptables-nft', file: 'rules.v4' });
  expect(finds(tables)).toBe(!works);
});
