import { describe, expect, it } from 'vitest';
import { bothFrontendsLoaded } from '../../../src/lint/checks/both-frontends-loaded.ts';
import { familiesDiffer } from '../../../src/lint/checks/families-differ.ts';
import { iptablesNftListing } from '../../../src/lint/checks/iptables-nft-listing.ts';
import { jumpLoop } from '../../../src/lint/checks/jump-loop.ts';
import { missingCommit } from '../../../src/lint/checks/missing-commit.ts';
import { undefinedChainOrSet } from '../../../src/lint/checks/undefined-chain-or-set.ts';
import { unknownTarget } from '../../../src/lint/checks/unknown-target.ts';
import { unreachableRule } from '../../../src/lint/checks/unreachable-rule.ts';
import { RULESETS_CHECKS } from '../../../src/lint/groups/rulesets.ts';
import { type Files, findings, messages } from './machine-of.ts';

/** A table as people feed it to iptables-restore; chains in capitals are builtin. */
function table(name: string, chains: readonly string[], ...rules: readonly string[]): string {
  const heads = chains.map((chain) => `:${chain} ${/^[A-Z]+$/.test(chain) ? 'ACCEPT' : '-'} [0:0]`);
  return [`*${name}`, ...heads, ...rules, 'COMMIT', ''].join('\n');
}

function save(...rules: readonly string[]): Files {
  return { 'rules.v4': table('filter', ['INPUT', 'FORWARD', 'user', 'other'], ...rules) };
}

describe('checks of rulesets', () => {
  // What needs nft itself to be read is looked at by test/kernel.
  const plain = RULESETS_CHECKS.filter(({ id }) => id !== iptablesNftListing.id);
  it.each(plain)('$id: the bad example yields it and nothing else, the good one nothing', (check) => {
    const bad = findings(undefined, check.bad.files);
    expect(bad.length).toBeGreaterThan(0);
    expect(new Set(bad.map((one) => one.check))).toEqual(new Set([check.id]));
    expect(findings(undefined, check.good.files)).toEqual([]);
  });
});

describe('missing-commit', () => {
  const MANGLE = '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DSCP --set-dscp 0x08\n';
  const NAT = '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o wan0 -j MASQUERADE\n';
  /** Where it is said, by the text of the line. */
  const places = (text: string) =>
    findings(missingCommit, { 'rules.v4': text }).map(({ span }) => text.slice(span.start, span.end));

  it('is told at the last line of the table', () => {
    expect(places(`${MANGLE}COMMIT\n${NAT}\n# end\n`)).toEqual(['-A POSTROUTING -o wan0 -j MASQUERADE']);
    expect(places(`${MANGLE}COMMIT\r\n*nat`)).toEqual(['*nat']);
  });

  it('is told of a table that another one interrupts', () => {
    expect(places(`${MANGLE}${NAT}COMMIT\n`)).toEqual(['-A PREROUTING -j DSCP --set-dscp 0x08']);
  });

  it('is not told of a table that comes twice, nor of comments behind the last COMMIT', () => {
    expect(places(`${MANGLE}COMMIT\n${MANGLE}  COMMIT  \n# done`)).toEqual([]);
  });
});

describe('unreachable-rule', () => {
  /** How many of the rules never apply. */
  const dead = (files: Files, around = {}) => findings(unreachableRule, files, around).length;

  it.each([
    ['behind an unconditional verdict', '-A INPUT -j DROP', '-A INPUT -p tcp -j ACCEPT'],
    ['behind a reject of everything', '-A INPUT -j REJECT', '-A INPUT -p tcp -j ACCEPT'],
    ['behind a queue', '-A INPUT -j NFQUEUE --queue-num 1', '-A INPUT -p tcp -j ACCEPT'],
    ['said twice', '-A INPUT -s 192.0.2.9 -j ACCEPT', '-A INPUT -s 192.0.2.9/32 -j ACCEPT'],
    [
      'in other words',
      '-A INPUT -p tcp -m state --state NEW -j ACCEPT',
      '-A INPUT -p tcp -m conntrack --ctstate NEW -j DROP',
    ],
    [
      'in another order',
      '-A INPUT -s 192.0.2.9 -d 198.51.100.9 -j ACCEPT',
      '-A INPUT -d 198.51.100.9 -s 192.0.2.9 -j DROP',
    ],
    ['a host of a network', '-A INPUT -s 192.0.2.0/24 -j ACCEPT', '-A INPUT -s 192.0.2.9 -p tcp -j DROP'],
    [
      'a network of a network',
      '-A INPUT -d 192.0.2.0/24 -j ACCEPT',
      '-A INPUT -d 192.0.2.128/25 -i wan0 -j DROP',
    ],
    [
      'a port of a range',
      '-A INPUT -p tcp -m tcp --dport 1:1024 -j ACCEPT',
      '-A INPUT -p tcp -m tcp --dport 22 -j DROP',
    ],
    [
      'some ports of a list',
      '-A INPUT -p tcp -m multiport --dports 22,80,443 -j ACCEPT',
      '-A INPUT -p tcp -m multiport --dports 443,22 -j DROP',
    ],
    ['an interface of a pattern', '-A INPUT -i ppp+ -j ACCEPT', '-A INPUT -i ppp0 -j DROP'],
    ['what a negation leaves', '-A INPUT ! -i lan0 -j ACCEPT', '-A INPUT -i wan0 -j DROP'],
    [
      'the same mark in other words',
      '-A INPUT -m mark --mark 0x10/0xff -j ACCEPT',
      '-A INPUT -m mark --mark 16/0xff -p tcp -j DROP',
    ],
    [
      'one state of two',
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A INPUT -m conntrack --ctstate ESTABLISHED -j DROP',
    ],
    [
      'behind a jump to a chain that never comes back',
      '-A user -p tcp -j ACCEPT\n-A user -j DROP\n-A INPUT -j user',
      '-A INPUT -j ACCEPT',
    ],
    ['behind a goto', '-A user -p tcp -j ACCEPT\n-A INPUT -g user', '-A INPUT -j ACCEPT'],
    [
      'of a set by its name',
      '-A INPUT -m set --match-set known src -j ACCEPT',
      '-A INPUT -m set --match-set known src -p tcp -j DROP',
    ],
    [
      'one that narrows by what is not known',
      '-A INPUT -s 192.0.2.9 -j ACCEPT',
      '-A INPUT -s 192.0.2.9 -m limit --limit 5/min -j LOG',
    ],
  ])('%s: never reached', (_, first, second) => {
    expect(dead(save(first, second))).toBe(1);
  });

  it.each([
    ['a wider one behind', '-A INPUT -s 192.0.2.9 -j ACCEPT', '-A INPUT -s 192.0.2.0/24 -j DROP'],
    ['beside each other', '-A INPUT -s 192.0.2.0/25 -j ACCEPT', '-A INPUT -s 192.0.2.128/25 -j DROP'],
    [
      'a port of another protocol',
      '-A INPUT -p tcp -m tcp --dport 53 -j ACCEPT',
      '-A INPUT -p udp -m udp --dport 53 -j DROP',
    ],
    [
      'sport and dport',
      '-A INPUT -p tcp -m tcp --dport 53 -j ACCEPT',
      '-A INPUT -p tcp -m tcp --sport 53 -j DROP',
    ],
    [
      'overlapping ranges',
      '-A INPUT -p tcp -m tcp --dport 1:1024 -j ACCEPT',
      '-A INPUT -p tcp -m tcp --dport 1000:2000 -j DROP',
    ],
    [
      'left to chance',
      '-A INPUT -p tcp -m statistic --mode random --probability 0.5 -j ACCEPT',
      '-A INPUT -p tcp -j DROP',
    ],
    ['left to how often', '-A INPUT -p tcp -m limit --limit 5/min -j ACCEPT', '-A INPUT -p tcp -j DROP'],
    ['a target that goes on', '-A INPUT -s 192.0.2.9 -j LOG', '-A INPUT -s 192.0.2.9 -j DROP'],
    ['a mark that goes on', '-A INPUT -s 192.0.2.9 -j MARK --set-mark 1', '-A INPUT -s 192.0.2.9 -j DROP'],
    ['a chain that comes back', '-A user -p tcp -j ACCEPT\n-A INPUT -j user', '-A INPUT -j ACCEPT'],
    [
      'a chain left by a condition',
      '-A user -s 192.0.2.9 -j RETURN\n-A user -j DROP\n-A INPUT -j user',
      '-A INPUT -j ACCEPT',
    ],
    ['a target that nobody knows', '-A INPUT -j TARPIT', '-A INPUT -j ACCEPT'],
    [
      'a mark that was changed between',
      '-A INPUT -m mark --mark 0x1 -j ACCEPT\n-A INPUT -s 192.0.2.9 -j MARK --set-mark 1',
      '-A INPUT -m mark --mark 0x1 -j DROP',
    ],
    [
      'a mark that a chain between changes',
      '-A user -j MARK --set-mark 1\n-A INPUT -m mark --mark 0x1 -j ACCEPT\n-A INPUT -j user',
      '-A INPUT -m mark --mark 0x1 -j DROP',
    ],
    [
      'a set that a rule between fills',
      '-A INPUT -m set --match-set seen src -j ACCEPT\n-A INPUT -p tcp -j SET --add-set seen src',
      '-A INPUT -m set --match-set seen src -j DROP',
    ],
    [
      'other bits of the mark',
      '-A INPUT -m mark --mark 0x1/0xf -j ACCEPT',
      '-A INPUT -m mark --mark 0x1/0xff -j DROP',
    ],
    [
      'another direction of a set',
      '-A INPUT -m set --match-set known src -j ACCEPT',
      '-A INPUT -m set --match-set known dst -j DROP',
    ],
    ['the opposite', '-A INPUT ! -i lan0 -j ACCEPT', '-A INPUT -i lan0 -j DROP'],
    ['another chain', '-A INPUT -j DROP', '-A FORWARD -p tcp -j ACCEPT'],
  ])('%s: silent', (_, first, second) => {
    expect(dead(save(first, second))).toBe(0);
  });

  it('tells once of all that stands behind the end, and names what ends it', () => {
    expect(
      messages(
        unreachableRule,
        save('-A INPUT -j DROP', '-A INPUT -p tcp -j ACCEPT', '-A INPUT -p udp -j ACCEPT'),
      ),
    ).toEqual([
      'note: this rule of chain INPUT is never reached, nor 1 more behind it: `-A INPUT -j DROP` before it ends the chain for every packet',
    ]);
  });

  it('compares IPv6 addresses and networks', () => {
    const v6 = (...rules: readonly string[]) => dead({ 'rules.v6': table('filter', ['INPUT'], ...rules) });
    expect(v6('-A INPUT -s 2001:db8::/32 -j ACCEPT', '-A INPUT -s 2001:db8:1::/48 -j DROP')).toBe(1);
    expect(v6('-A INPUT -s 2001:db8::/33 -j ACCEPT', '-A INPUT -s 2001:db8:8000::1 -j DROP')).toBe(0);
    expect(v6('-A INPUT -s 2001:db8:0::1 -j ACCEPT', '-A INPUT -s 2001:0db8::1/128 -j DROP')).toBe(1);
  });

  it('finds a rule among many of the same address, and of the same shape', () => {
    const many = Array.from(
      { length: 3000 },
      (_, at) => `-A INPUT -d 192.0.2.9 -p tcp -m tcp --dport ${at + 1} -j ACCEPT`,
    );
    const hosts = Array.from(
      { length: 3000 },
      (_, at) => `-A INPUT -s 10.1.${at >> 8}.${at & 255} -j ACCEPT`,
    );
    expect(dead(save(...many, ...hosts))).toBe(0);
    expect(
      dead(
        save(
          ...many,
          ...hosts,
          '-A INPUT -d 192.0.2.9 -p tcp -m tcp --dport 2222 -j DROP',
          '-A INPUT -s 10.1.5.5 -p udp -j DROP',
        ),
      ),
    ).toBe(2);
  });

  it('a chain that nothing calls is told of where the table is whole', () => {
    const text = table('filter', ['INPUT', 'user', 'inner'], '-A user -p tcp -j inner', '-A inner -j DROP');
    expect(dead({ 'rules.v4': text })).toBe(0);
    const whole = { 'rules.v4': `# Generated by iptables-save v1.8.9 (nf_tables)\n${text}` };
    expect(messages(unreachableRule, whole)).toEqual([
      'note: nothing calls chain user of table filter, so its rule never applies',
    ]);
    expect(messages(unreachableRule, { 'rules.v4': text }, { whole: true })).toHaveLength(1);
  });
});

describe('undefined-chain-or-set', () => {
  it('names what was probably meant', () => {
    expect(messages(undefinedChainOrSet, save('-A INPUT -j usr', '-A FORWARD -g nowhere'))).toEqual([
      'error: table filter has no chain "usr" (did you mean user?): iptables-restore refuses the whole table',
      'error: table filter has no chain "nowhere": iptables-restore refuses the whole table',
    ]);
  });

  it('a word in capitals is a slip only where it is nearly a chain', () => {
    const rules = table(
      'filter',
      ['INPUT', 'LOGDROP'],
      '-A INPUT -s 192.0.2.9 -j LOGDROP',
      '-A INPUT -s 192.0.2.8 -j LOGDRP',
      '-A LOGDROP -j DROP',
    ).replace(':LOGDROP ACCEPT', ':LOGDROP -');
    expect(findings(undefinedChainOrSet, { 'rules.v4': rules }).map(({ key }) => key)).toEqual([
      'ip filter chain LOGDRP',
    ]);
    expect(findings(undefinedChainOrSet, save('-A INPUT -j VENDOR'))).toEqual([]);
    expect(messages(unknownTarget, save('-A INPUT -j VENDOR'))).toHaveLength(1);
  });

  it('ipsets are looked for where some are given', () => {
    const rules = save(
      '-A INPUT -m set --match-set clients src -j ACCEPT',
      '-A INPUT -p tcp -j SET --add-set seen src',
    );
    expect(findings(undefinedChainOrSet, rules)).toEqual([]);
    const given = {
      ...rules,
      'ipset.txt': 'create client hash:net family inet\ncreate seen hash:ip family inet\n',
    };
    expect(messages(undefinedChainOrSet, given)).toEqual([
      'error: there is no ipset "clients" (did you mean client?): iptables-restore refuses the whole ruleset',
    ]);
  });
});

describe('jump-loop', () => {
  it('a chain that calls itself, and a circle of three, are one loop each', () => {
    const loops = (...rules: readonly string[]) =>
      findings(jumpLoop, { 'rules.v4': table('filter', ['INPUT', 'a', 'b', 'c'], ...rules) }).map(
        ({ message }) => message,
      );
    expect(loops('-A INPUT -j a', '-A a -p tcp -j a')).toEqual([
      'chains of table filter jump in a circle (a → a): the kernel refuses the whole table',
    ]);
    expect(loops('-A INPUT -j a', '-A a -j b', '-A b -g c', '-A c -p tcp -j a')).toEqual([
      'chains of table filter jump in a circle (a → b → c → a): the kernel refuses the whole table',
    ]);
    expect(loops('-A INPUT -j a', '-A INPUT -j b', '-A a -j c', '-A b -j c', '-A b -j a')).toEqual([]);
  });

  it('a long row of chains is followed to its end', () => {
    const names = Array.from({ length: 5000 }, (_, at) => `c${at}`);
    const rules = names.map((name, at) => `-A ${name} -j ${names[at + 1] ?? 'c0'}`);
    expect(findings(jumpLoop, { 'rules.v4': table('filter', ['INPUT', ...names], ...rules) })).toHaveLength(
      1,
    );
  });
});

describe('unknown-target', () => {
  it('one finding for each target, and for each form of one that is known', () => {
    const rules = [
      '-A PREROUTING -s 192.0.2.1 -j IPMARK --addr src',
      '-A PREROUTING -s 192.0.2.2 -j IPMARK --addr dst',
      '-A PREROUTING -j CONNMARK --set-return 0x1/0xff',
      '-A PREROUTING -j TTL --ttl-set 64',
    ];
    expect(messages(unknownTarget, { 'rules.v4': table('mangle', ['PREROUTING'], ...rules) })).toEqual([
      'note: what the target IPMARK does is not known (2 rules): packets that get here are not followed any further',
      'note: CONNMARK --set-return exists only in the kernels of Tomato and asuswrt, others refuse the table: packets that get here are not followed any further',
    ]);
  });
});

describe('families-differ', () => {
  const pair = (v4: readonly string[], v6: readonly string[], chains = ['PREROUTING', 'user']) =>
    findings(familiesDiffer, {
      'rules.v4': table('mangle', chains, ...v4),
      'rules.v6': table('mangle', chains, ...v6),
    }).map(({ span, key }) => `${span.file}: ${key}`);

  const RESTORE = '-A PREROUTING -j CONNMARK --restore-mark';
  const MARK = '-A PREROUTING -i lan0 -j MARK --set-mark 0x1';
  const SAVE = '-A PREROUTING -j CONNMARK --save-mark';

  it('a save that one family lacks', () => {
    expect(pair([RESTORE, MARK, SAVE], [RESTORE, MARK])).toEqual([`rules.v4: ip mangle PREROUTING: ${SAVE}`]);
    expect(pair([RESTORE, MARK], [RESTORE, MARK, SAVE])).toEqual([
      `rules.v6: ip6 mangle PREROUTING: ${SAVE}`,
    ]);
  });

  it.each([
    [
      'addresses',
      ['-A user -s 192.0.2.9 -j MARK --set-mark 1', SAVE],
      ['-A user -s 2001:db8::9 -j MARK --set-mark 1', SAVE],
    ],
    [
      'ICMP',
      ['-A user -p icmp -m icmp --icmp-type 8 -j ACCEPT', SAVE],
      ['-A user -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT', SAVE],
    ],
    [
      'neighbour discovery',
      [RESTORE, SAVE],
      [RESTORE, '-A PREROUTING -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j RETURN', SAVE],
    ],
    ['DHCP', [RESTORE, '-A PREROUTING -p udp -m udp --dport 67 -j ACCEPT', SAVE], [RESTORE, SAVE]],
    [
      'a client that has one family',
      [RESTORE, SAVE, '-A PREROUTING -s 192.0.2.9 -j MARK --set-mark 1'],
      [RESTORE, SAVE],
    ],
    ['another policy altogether', [RESTORE, MARK, SAVE], ['-A PREROUTING -i wan6 -j ACCEPT', RESTORE]],
    ['no rules in the other', [RESTORE, MARK, SAVE], []],
  ])('%s: no difference', (_, v4, v6) => {
    expect(pair(v4, v6)).toEqual([]);
  });

  it('a firewall that drops IPv4 and lets IPv6 through', () => {
    const filter = (policy: string, rules: string) => `*filter\n:FORWARD ${policy} [0:0]\n${rules}COMMIT\n`;
    const drops = '-A FORWARD -i lan0 -j ACCEPT\n';
    const files = { 'rules.v4': filter('DROP', drops), 'rules.v6': filter('ACCEPT', '') };
    expect(messages(familiesDiffer, files)).toEqual([
      'note: chain FORWARD drops IPv4 that no rule takes, and lets all of IPv6 through: it has no rule',
    ]);
    expect(messages(familiesDiffer, { ...files, 'rules.v6': filter('DROP', '') })).toEqual([]);
  });
});

describe('both-frontends-loaded', () => {
  it('tables of different names are a note, empty ones nothing', () => {
    const legacy = (rules: string) => `# Generated by iptables-save v1.8.9 (legacy)\n${rules}`;
    const rules = { 'rules.v4': table('filter', ['INPUT'], '-A INPUT -p tcp -j DROP') };
    const severities = (text: string) =>
      findings(bothFrontendsLoaded, { ...rules, 'old.v4': legacy(text) }).map(({ severity }) => severity);
    expect(severities(table('filter', ['INPUT'], '-A INPUT -j ACCEPT'))).toEqual(['warning']);
    expect(severities(table('mangle', ['INPUT'], '-A INPUT -j ACCEPT'))).toEqual(['note']);
    expect(severities(table('filter', ['INPUT']))).toEqual([]);
  });
});
