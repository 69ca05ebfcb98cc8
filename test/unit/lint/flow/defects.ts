import { stories } from '../../../../src/lint/flow/stories.ts';
import { type Files, machineOf } from '../machine-of.ts';

const LOCAL = '0:\tfrom all lookup local\n';
const MAIN = '32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n';

/** `0x1/0xff` leads to table 101 by wan1, `0x2/0xff` to 102 by wan2; main's default is by wan0. */
export const RULES = `${LOCAL}90:\tfrom all lookup main suppress_prefixlength 0
101:\tfrom all fwmark 0x1/0xff lookup 101
102:\tfrom all fwmark 0x2/0xff lookup 102
${MAIN}`;

export const ROUTES = `default via 192.0.2.1 dev wan0
192.0.2.0/24 dev wan0 src 192.0.2.2
198.51.100.0/24 dev wan1 src 198.51.100.2
203.0.113.0/24 dev wan2 src 203.0.113.2
192.168.1.0/24 dev lan0 src 192.168.1.1
default via 198.51.100.1 dev wan1 table 101
default via 203.0.113.1 dev wan2 table 102
local 192.0.2.2 dev wan0 table local scope host
local 198.51.100.2 dev wan1 table local scope host
local 203.0.113.2 dev wan2 table local scope host
local 192.168.1.1 dev lan0 table local scope host
`;

export const NAT = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan+ -j MASQUERADE
COMMIT
`;

const BUILTIN = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];

/** A mangle table of these lines. */
export function mangle(...lines: string[]): string {
  const chains = new Set(lines.map((line) => line.split(' ')[1] ?? ''));
  const own = [...chains].filter((name) => !BUILTIN.includes(name)).map((name) => `:${name} - [0:0]`);
  return ['*mangle', ...BUILTIN.map((name) => `:${name} ACCEPT [0:0]`), ...own, ...lines, 'COMMIT', ''].join(
    '\n',
  );
}

/** What is found, as `check at CHAIN 2`, once each and sorted. */
export function defects(files: Files, around = {}): readonly string[] {
  const found = stories(machineOf(files, around)).map(
    ({ kind, rule }) => `${kind} at ${rule.chain} ${rule.index + 1}`,
  );
  return [...new Set(found)].sort();
}

/** With policy rules and routes. */
export function onRouter(...lines: string[]): readonly string[] {
  return defects({ 'rules.v4': mangle(...lines) + NAT, 'rules.txt': RULES, 'routes.txt': ROUTES });
}

/** The ruleset alone. */
export function alone(...lines: string[]): readonly string[] {
  return defects({ 'rules.v4': mangle(...lines) + NAT });
}
