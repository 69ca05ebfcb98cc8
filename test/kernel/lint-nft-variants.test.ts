import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recognizeFile } from '../../src/cli/lint/lint-file.ts';
import { NOTHING_AROUND, readMachine } from '../../src/cli/lint/read-machine.ts';
import { nodeHost } from '../../src/host/node.ts';
import type { Check } from '../../src/lint/check.ts';
import { restoreNeverFed } from '../../src/lint/checks/restore-never-fed.ts';
import { MARK_FLOW_CHECKS } from '../../src/lint/groups/mark-flow.ts';
import { NAT_CHECKS } from '../../src/lint/groups/nat.ts';
import { RULESETS_CHECKS } from '../../src/lint/groups/rulesets.ts';
import { lint } from '../../src/lint/lint.ts';
import { ROUTES, RULES } from '../unit/lint/flow/defects.ts';
import { machineOf } from './lint-recall/word-of-lint.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-variants-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROLES = { wan: ['wan0', 'wan1'], lan: ['lan0'] };

async function read(text: string) {
  const file = join(folder, 'ruleset.nft');
  writeFileSync(file, text);
  const files = [{ file, text, kind: recognizeFile(text, file, true) }];
  return readMachine(nodeHost(), { name: 'variants', files, around: { ...NOTHING_AROUND, ...ROLES } });
}

/** The rules that are found, by their words in the text; of what is no rule the first word. */
async function found(checks: readonly Check[], text: string): Promise<readonly string[]> {
  const { machine, problems } = await read(text);
  expect(problems).toEqual([]);
  return lint(machine, checks).map(
    ({ check, span }) => `${check}: ${text.slice(span.start, span.end).trim()}`,
  );
}

function chain(hook: string, ...rules: readonly string[]): string {
  return `table inet t {
	set inside { type ipv4_addr; flags interval; elements = { 172.17.0.0/16 }; }
	set seen { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
	chain inner { ip saddr 172.17.0.9 return; drop; }
	chain last { tcp dport 22 accept; drop; }
	chain main {
		type ${hook}; policy accept;
		${rules.join('\n\t\t')}
	}
}
`;
}

describe('unreachable-rule in nft text', () => {
  const filter = 'filter hook forward priority filter';
  it.each([
    ['ip saddr 192.0.2.0/24 accept', 'ip saddr 192.0.2.9 tcp dport 22 drop'],
    ['tcp dport { 22, 80, 443 } accept', 'tcp dport 80 drop'],
    ['tcp dport 1-1024 accept', 'tcp dport { 22, 80 } drop'],
    ['ct state { established, related } accept', 'ct state established counter drop'],
    ['iifname "ppp*" accept', 'iifname "ppp0" drop'],
    ['meta mark & 0xff == 0x10 accept', 'meta mark and 0xff == 16 ip saddr 192.0.2.9 drop'],
    ['ip saddr @inside accept', 'ip saddr @inside tcp dport 22 drop'],
    ['ip6 saddr 2001:db8::/32 accept', 'ip6 saddr 2001:db8:7::1 drop'],
    ['jump last', 'accept'],
    ['reject', 'tcp dport 22 accept'],
    ['udp dport > 1023 accept', 'udp dport 5060 drop'],
    ['ct state established meta mark set ct mark accept', 'ct state established drop'],
    ['ct mark set meta mark accept', 'tcp dport 22 drop'],
    ['meta mark set numgen random mod 2 map { 0 : 1, 1 : 2 } accept', 'tcp dport 22 drop'],
  ])('%s takes all of %s', async (first, second) => {
    expect(await found(RULESETS_CHECKS, chain(filter, first, second))).toEqual([
      `unreachable-rule: ${second}`,
    ]);
  });

  it.each([
    ['tcp dport 53 accept', 'udp dport 53 drop'],
    ['ip saddr 192.0.2.9 accept', 'ip6 saddr 2001:db8::9 drop'],
    ['reject with tcp reset', 'udp dport 53 drop'],
    ['reject with icmp type host-unreachable', 'ip6 saddr 2001:db8::9 drop'],
    ['jump inner', 'accept'],
    ['limit rate 5/second accept', 'tcp dport 22 drop'],
    ['numgen random mod 2 == 0 accept', 'numgen random mod 2 == 0 drop'],
    ['ct mark 1 accept', 'ct mark set 1\n\t\tct mark 1 drop'],
    ['ip saddr @seen accept', 'add @seen { ip saddr }\n\t\tip saddr @seen drop'],
    ['tcp dport vmap { 22 : accept, 80 : jump inner }', 'tcp dport 22 drop'],
    ['meta mark set 1 meta mark 1 accept', 'meta mark 1 drop'],
    ['ip saddr . tcp dport { 192.0.2.9 . 22 } accept', 'ip saddr 192.0.2.9 tcp dport 23 drop'],
    ['ct state != new accept', 'ct state new drop'],
    // Statements that end the rule for some packets.
    ['meta mark set ip saddr map { 192.0.2.9 : 0x1 } accept', 'ip saddr 192.0.2.7 drop'],
    ['meta mark set ct mark accept', 'tcp dport 22 drop'],
    ['add @seen { ip saddr } accept', 'tcp dport 22 drop'],
    ['ip dscp set cs1 accept', 'ip6 saddr 2001:db8::9 drop'],
    ['tcp dport 22 meta mark set ct mark accept', 'tcp dport 22 drop'],
    ['meta mark set numgen random mod 3 map { 0 : 1, 1 : 2 } accept', 'tcp dport 22 drop'],
  ])('%s leaves something of %s', async (first, second) => {
    expect(await found(RULESETS_CHECKS, chain(filter, first, second))).toEqual([]);
  });
});

it('unreachable-rule knows that a tproxy of nft takes no packet of the other family, and none without a listener', async () => {
  const text = chain(
    'filter hook prerouting priority mangle',
    'tcp dport 22 tproxy ip to 127.0.0.1:12345 accept',
    'tcp dport 22 drop',
  );
  expect(await found(RULESETS_CHECKS, text)).toEqual([]);
});

describe('restore-never-fed in nft text', () => {
  const steer = (...rules: readonly string[]) => `table inet m {
	chain pre {
		type filter hook prerouting priority mangle; policy accept;
		${rules.join('\n\t\t')}
	}
}
`;
  const restore = 'ct mark != 0 meta mark set ct mark';

  it.each([
    ['iifname "lan0" ip saddr 192.168.1.20 ct state new ct mark set 2 meta mark set 2'],
    ['iifname "lan0" ip6 saddr 2001:db8:1::/64 ct state new ct mark set 2 meta mark set 2'],
  ])('a restore for both families is fed by %s', async (setter) => {
    expect(await found([restoreNeverFed], steer(restore, setter))).toEqual([]);
  });

  it('a restore for one family is not fed by a rule for the other one', async () => {
    const own = `meta nfproto ipv4 ${restore}`;
    const setter = 'iifname "lan0" ip6 saddr 2001:db8:1::/64 ct mark set 2 meta mark set 2';
    expect(await found([restoreNeverFed], steer(own, setter))).toEqual([`restore-never-fed: ${own}`]);
  });
});

describe('checks of NAT in nft text', () => {
  const nat = 'nat hook postrouting priority srcnat';
  it.each([
    ['masquerade', ['masquerade-everything: masquerade']],
    ['oifname != "lan0" masquerade', ['masquerade-catches-loopback: oifname != "lan0" masquerade']],
    ['oifname "wan0" masquerade', ['wan-without-nat: oifname "wan0" masquerade']],
    [
      'oifname "wan0" ip saddr 172.17.0.0/16 snat ip to 198.51.100.9',
      ['wan-without-nat: oifname "wan0" ip saddr 172.17.0.0/16 snat ip to 198.51.100.9'],
    ],
    ['oifname { "wan0", "wan1" } masquerade', []],
    ['oifname "wan*" masquerade', []],
    ['oifname vmap { "wan0" : goto own, "wan1" : goto own }', []],
    ['meta mark 1 masquerade', []],
    ['oifname "lo" return\n\t\toifname != "lan0" masquerade', []],
  ])('%s', async (rules, expected) => {
    const text = chain(nat, rules).replace('chain inner', 'chain own { masquerade; }\n\tchain inner');
    expect(await found(NAT_CHECKS, text)).toEqual(expected);
  });

  it('notrack behind conntrack does nothing, before it the translation does nothing', async () => {
    const text = (priority: string) => `table ip t {
	chain untracked { type filter hook prerouting priority ${priority}; policy accept; udp dport 53 notrack; }
	chain forwards { type nat hook prerouting priority dstnat; policy accept; udp dport 53 iifname "wan0" dnat to 172.17.0.53; }
}
`;
    expect(await found(NAT_CHECKS, text('raw'))).toEqual([
      'nat-before-notrack: udp dport 53 iifname "wan0" dnat to 172.17.0.53',
    ]);
    expect(await found(NAT_CHECKS, text('mangle'))).toEqual(['nat-before-notrack: udp dport 53 notrack']);
  });
});

describe('accept-before-save in nft text', () => {
  const steer = (...rules: readonly string[]) => `table ip m {
	chain pre {
		type filter hook prerouting priority mangle;
		ct mark != 0 meta mark set ct mark return
		iifname "lan0" ct state new meta mark set 2
		${rules.join('\n\t\t')}
		ct mark set meta mark
	}
}
`;

  it.each([
    'udp dport { 53, 123 } accept',
    'tcp dport vmap { 22 : return, 443 : continue }',
    'meta l4proto vmap { udp : accept }',
    'ip daddr 198.18.0.0/24 return',
  ])('some of what is marked leaves by %s', async (leave) => {
    expect(await found(MARK_FLOW_CHECKS, steer(leave))).toEqual([`accept-before-save: ${leave}`]);
  });

  it.each([
    'icmp type echo-request counter',
    'tcp dport vmap { 22 : continue }',
    'ip daddr 192.168.0.0/16 return',
  ])('nothing that is meant for an uplink leaves by %s', async (rule) => {
    expect(await found(MARK_FLOW_CHECKS, steer(rule))).toEqual([]);
  });
});

describe('what comes in by an uplink that a map knows', () => {
  const told = async (map: string, ...first: readonly string[]) => {
    const text = `table inet steer {
	chain from_wan1 { ct mark set 0x1; meta mark set 0x1; }
	chain from_wan2 { ct mark set 0x2; meta mark set 0x2; }
	chain prerouting {
		type filter hook prerouting priority mangle;
		ct mark != 0 meta mark set ct mark return
		${[...first, map].join('\n\t\t')}
	}
	chain output {
		type route hook output priority mangle;
		ct mark != 0 meta mark set ct mark
	}
}
`;
    const machine = await machineOf({ 'ruleset.nft': text, 'rules.txt': RULES, 'routes.txt': ROUTES });
    return lint(machine, MARK_FLOW_CHECKS).map(
      ({ check, span }) => `${check}: ${text.slice(span.start, span.end).trim()}`,
    );
  };

  it.each([
    'iifname vmap { "wan1" : goto from_wan1, "wan2" : goto from_wan2 }',
    'meta nfproto . iifname vmap { ipv4 . "wan1" : goto from_wan1, ipv4 . "wan2" : goto from_wan2 }',
    'ct state new ct mark set iifname map { "wan1" : 0x1, "wan2" : 0x2 } meta mark set ct mark',
  ])('is told where a rule lets it leave before %s', async (map) => {
    expect(await told(map)).toEqual([]);
    expect(await told(map, 'tcp dport 22 return')).toEqual(['local-reply-loses-mark: tcp dport 22 return']);
  });
});

describe('a proxy that takes connections for itself', () => {
  it('needs no saved mark', async () => {
    const text = `table inet filter {
	chain divert {
		type filter hook prerouting priority mangle; policy accept;
		meta l4proto tcp socket transparent 1 meta mark set 0x1 accept
		tcp dport 80 tproxy to :50080 meta mark set 0x1 accept
	}
}
`;
    expect(await found(MARK_FLOW_CHECKS, text)).toEqual([]);
  });
});

describe('nft text that is cut off', () => {
  const whole = `table ip steer {
	chain pre {
		type filter hook prerouting priority mangle;
		ct mark != 0 meta mark set ct mark return
		iifname "lan0" meta mark set 1
	}
}
`;
  // Behind a line each: the prompt of nft takes what comes next for the rest of it.
  it.each([1, 2, 3, 4, 5, 6])('after line %d is refused at its end', async (lines) => {
    const text = `${whole.split('\n').slice(0, lines).join('\n')}\n`;
    const { problems } = await read(text);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^nft: syntax error, unexpected end of file/),
    ]);
    expect(problems[0]?.span.start).toBeGreaterThan(text.length - 3);
  });
});
