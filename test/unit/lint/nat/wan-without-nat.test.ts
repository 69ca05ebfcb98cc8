import { describe, expect, it } from 'vitest';
import { wanWithoutNat } from '../../../../src/lint/checks/wan-without-nat.ts';
import { type Files, findings, messages } from '../machine-of.ts';
import { match, meta, nftRuleset, payload } from '../nft-ruleset.ts';
import { links, nat, ROLES, raw, WAN0 } from './parts.ts';

function filter(...rules: readonly string[]): string {
  return `*filter\n:FORWARD ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
}

describe('wan-without-nat', () => {
  const untranslated = (rules: readonly string[], more: Files = {}) =>
    findings(wanWithoutNat, { 'rules.v4': nat(...rules), ...more }, ROLES).map(
      ({ severity, key }) => `${severity} ${key}`,
    );

  it('without routes it is a warning that says what was assumed', () => {
    expect(untranslated([WAN0])).toEqual(['warning ipv4 wan1']);
    const [found] = findings(wanWithoutNat, { 'rules.v4': nat(WAN0) }, ROLES);
    expect(found?.assumed).toEqual([
      'routes were not given: taken that traffic to the internet leaves by wan1',
      'addresses inside were not given: taken to be private',
    ]);
    expect(found?.cure).toBe('-A POSTROUTING -o wan1 -j MASQUERADE');
    expect(found?.flow?.packets).toEqual([{ name: 'P1', mark: 0, connmark: 0, exit: 'wan1' }]);
  });

  it.each([
    ['both', [WAN0, '-A POSTROUTING -o wan1 -j MASQUERADE']],
    ['all interfaces', ['-A POSTROUTING -j MASQUERADE']],
    ['all but the inside', ['-A POSTROUTING ! -o lan0 -j MASQUERADE']],
    ['by mark', [WAN0, '-A POSTROUTING -m mark --mark 0x2 -j SNAT --to-source 198.51.100.9']],
    ['in a chain of its own', ['-A POSTROUTING -j own', '-A own -o wan+ -j MASQUERADE']],
    ['of sources that are not said', [WAN0, '-A POSTROUTING -s 192.168.0.0/16 -o wan1 -j MASQUERADE']],
    ['none', []],
    ['only of forwards', ['-A PREROUTING -i wan0 -p tcp --dport 22 -j DNAT --to-destination 172.17.0.2']],
  ])('translation of %s: silent', (_, rules) => {
    expect(untranslated(rules)).toEqual([]);
  });

  it('a network that rules name and a gateway is in is none of the inside', () => {
    const by = (source: string, wan: string) => `-A POSTROUTING -s ${source} -o ${wan} -j MASQUERADE`;
    const routes = { 'routes.txt': 'default via 192.168.0.1 dev wan0 table 101\n' };
    const own = by('192.168.0.0/24', 'wan1');
    expect(untranslated([own])).toEqual(['warning ipv4 wan0']);
    expect(untranslated([own], routes)).toEqual([]);
    const inside = ['wan0', 'wan1'].map((wan) => by('192.168.9.0/24', wan));
    expect(untranslated([...inside, own], routes)).toEqual([]);
    expect(untranslated([by('192.168.0.0/16', 'wan1')], routes)).toHaveLength(1);
  });

  it('a second network inside that the rules forgot is found, where addresses are given', () => {
    const rules = [
      '-A POSTROUTING -s 172.17.0.0/24 -o wan0 -j MASQUERADE',
      '-A POSTROUTING -s 172.17.0.0/16 -o wan1 -j MASQUERADE',
    ];
    expect(untranslated(rules, { 'links.json': links(['lan0', '172.17.0.1', 24]) })).toEqual([]);
    expect(untranslated(rules, { 'links.json': links(['lan0', '172.17.5.1', 24]) })).toEqual([
      'warning ipv4 wan0',
    ]);
    expect(untranslated(rules, { 'links.json': links(['lan0', '203.0.113.1', 24]) })).toEqual([]);
  });

  it('a rule for a part of the network inside leaves the other hosts of it untranslated', () => {
    const lan = { 'links.json': links(['lan0', '192.168.1.1', 24]) };
    const by = (wan: string, source: string) =>
      source.split(' ').map((one) => `-A POSTROUTING -s ${one} -o ${wan} -j MASQUERADE`);
    const found = (first: string, second: string) =>
      untranslated([...by('wan0', first), ...by('wan1', second)], lan);
    const [LOW, HIGH, ALL] = ['192.168.1.0/25', '192.168.1.128/25', '192.168.1.0/24'];
    expect(found(LOW, ALL)).toEqual(['warning ipv4 wan0']);
    expect(found(HIGH, ALL)).toEqual(['warning ipv4 wan0']);
    expect(found(LOW, LOW)).toEqual(['warning ipv4 wan0', 'warning ipv4 wan1']);
    expect(found(`${LOW} ${HIGH}`, ALL)).toEqual([]);
    expect(found(`${LOW} ${ALL}`, ALL)).toEqual([]);
    expect(found(`192.168.1.7 ${ALL}`, ALL)).toEqual([]);
    expect(found('192.168.1.7', '192.168.1.7')).toEqual([]);
    expect(found(LOW, '192.168.2.0/24')).toEqual(['warning ipv4 wan1', 'warning ipv4 wan0']);
  });

  it('hosts of a network that no uplink translates are a warning that names the network', () => {
    const rules = ['wan0', 'wan1'].map((wan) => `-A POSTROUTING -s 192.168.1.128/25 -o ${wan} -j MASQUERADE`);
    const files = (...more: readonly string[]) => ({
      'rules.v4': nat(...rules) + filter(...more),
      'routes.txt': `default via 192.0.2.1 dev wan0
default via 198.51.100.1 dev wan1 metric 200
192.168.1.0/24 dev lan0 scope link
`,
    });
    expect(messages(wanWithoutNat, files(), ROLES)).toEqual([
      'warning: some hosts of 192.168.1.0/24 leave by wan0 untranslated, where no answer finds its way back: rules translate a part of this network alone',
      expect.stringContaining('leave by wan1 untranslated'),
    ]);
    const kept = '-A FORWARD ! -s 192.168.1.128/25 -i lan0 -j REJECT';
    expect(messages(wanWithoutNat, files(kept), ROLES)).toEqual([]);
  });

  it('a rule for a part of the network inside leaves other hosts with unique local addresses untranslated', () => {
    const lan = { 'links.json': links(['lan0', 'fd00:1::1', 64]) };
    const six = (source: string) =>
      findings(
        wanWithoutNat,
        { 'rules.v6': nat(`-A POSTROUTING -s ${source} -j MASQUERADE`), ...lan },
        ROLES,
      ).map(({ key }) => key);
    expect(six('fd00:1::/65')).toEqual(['ipv6 wan0', 'ipv6 wan1']);
    expect(six('fd00:1::/64')).toEqual([]);
  });

  describe('packets from inside that are not tracked', () => {
    const BOTH = nat(WAN0, '-A POSTROUTING -o wan1 -j MASQUERADE');
    const told = (rule: string, files: Files = {}) =>
      messages(
        wanWithoutNat,
        { 'rules.v4': raw(`-A PREROUTING ${rule} -j CT --notrack`) + BOTH, ...files },
        ROLES,
      );

    it('leave untranslated, which is told at the rule that leaves them so', () => {
      expect(told('-p udp -m udp --dport 53')).toEqual([
        'warning: `-A PREROUTING -p udp -m udp --dport 53 -j CT --notrack` leaves packets from inside untracked: they leave by wan0 untranslated, where no answer finds its way back',
      ]);
      expect(told('-i lan0 -p tcp -m tcp --dport 443')).toHaveLength(1);
    });

    it.each([
      ['what comes in by the uplinks', '-i wan+ -p udp -m udp --dport 53'],
      ['the router itself', '-d 192.168.1.1/32 -p udp -m udp --dport 53'],
      ['answers', '-p udp -m udp --sport 53'],
      ['a source that is not inside', '-s 203.0.113.0/24'],
      ['what another match decides', '-p udp -m udp --dport 53 -m addrtype --dst-type LOCAL'],
    ])('are not those of a rule for %s', (_, rule) => {
      const lan = { 'links.json': links(['lan0', '192.168.1.1', 24]) };
      expect(told(rule, lan)).toEqual([]);
    });

    it('are not told where they are dropped', () => {
      const rules = raw('-A PREROUTING -p udp -m udp --dport 53 -j CT --notrack') + BOTH;
      const kept = filter('-A FORWARD -m conntrack --ctstate UNTRACKED -j DROP');
      expect(messages(wanWithoutNat, { 'rules.v4': rules + kept }, ROLES)).toEqual([]);
    });

    it('are told of nft and IPv6', () => {
      const lan = { 'links.json': links(['lan0', 'fd00:1::1', 64]) };
      const found = (iif: string) => messages(wanWithoutNat, { 'rules.json': nft(iif), ...lan }, ROLES);
      expect(found('lan0')).toEqual([expect.stringContaining('leaves packets from inside untracked')]);
      expect(found('wan0')).toEqual([]);
    });
  });

  it('a network inside that only routes tell of is looked at', () => {
    const routes = (lan: string) => ({
      'routes.txt': `default via 192.0.2.1 dev wan0\ndefault via 198.51.100.1 dev wan1 metric 200\n${lan} dev lan0 scope link\n`,
    });
    const rules = [WAN0, '-A POSTROUTING -s 10.0.0.0/8 -o wan1 -j MASQUERADE'];
    expect(untranslated(rules, routes('192.168.1.0/24'))).toEqual(['error ipv4 wan1']);
    expect(untranslated(rules, routes('10.1.0.0/24'))).toEqual([]);
    expect(untranslated(rules, routes('203.0.113.0/24'))).toEqual([]);
  });

  it('a rule for one protocol leaves the other as it is', () => {
    const found = (...rules: readonly string[]) =>
      findings(wanWithoutNat, { 'rules.v4': nat(WAN0, ...rules) }, ROLES).map(({ message }) => message);
    expect(found('-A POSTROUTING -o wan1 -p tcp -j MASQUERADE')).toEqual([
      expect.stringMatching(/^UDP packets of private sources leave by wan1 untranslated/),
    ]);
    expect(found('-A POSTROUTING -o wan1 -p udp -j ACCEPT', '-A POSTROUTING -o wan1 -j MASQUERADE')).toEqual([
      expect.stringMatching(/^UDP packets of private sources leave by wan1 untranslated/),
    ]);
    const dialled = '-A POSTROUTING -o wan1 -p udp -m udp --dport 500 -j ACCEPT';
    expect(found(dialled, '-A POSTROUTING -o wan1 -j MASQUERADE')).toEqual([]);
  });

  it('routes decide which uplinks are used', () => {
    const to = (text: string) => ({ 'routes.txt': text });
    expect(
      untranslated([WAN0], to('default via 192.0.2.1 dev wan0\n198.51.100.0/24 dev wan1 scope link\n')),
    ).toEqual([]);
    expect(
      untranslated(
        [WAN0],
        to('default via 192.0.2.1 dev wan0\ndefault via 198.51.100.1 dev wan1 metric 200\n'),
      ),
    ).toEqual(['error ipv4 wan1']);
  });

  it('what FORWARD drops does not leave', () => {
    expect(untranslated([WAN0], { 'rules.v4': nat(WAN0) + filter('-A FORWARD -o wan1 -j DROP') })).toEqual(
      [],
    );
  });

  it('IPv6 clients need no translation, unless all they have are unique local addresses', () => {
    const six = (address: string) =>
      findings(
        wanWithoutNat,
        { 'rules.v6': nat(WAN0), 'links.json': links(['lan0', address, 64]) },
        ROLES,
      ).map(({ key }) => key);
    expect(six('2001:db8:1::1')).toEqual([]);
    expect(six('fd00:1::1')).toEqual(['ipv6 wan1']);
    expect(findings(wanWithoutNat, { 'rules.v6': nat(WAN0) }, ROLES)).toEqual([]);
  });

  it('an IPv6 network that only routes tell of is looked at where all addresses beside it are local ones', () => {
    const ways = 'default via fe80::1 dev wan0 metric 1024\ndefault via fe80::1 dev wan1 metric 2048\n';
    const six = (...networks: readonly string[]) => {
      const inside = networks.map((network) => `${network} dev lan0 proto kernel metric 256\n`).join('');
      const files = { 'rules.v6': nat(WAN0), 'routes.txt': ways + inside };
      return findings(wanWithoutNat, files, ROLES).map(({ key }) => key);
    };
    expect(six('fd00:1::/64')).toEqual(['ipv6 wan1']);
    expect(six('fd00:1::/64', '2001:db8:1::/64')).toEqual([]);
    expect(six('fe80::/64')).toEqual([]);
  });

  it("a site's own traffic that may leave untranslated is found at the profile", () => {
    const wan = (name: string, more: string) => `name: ${name}\ninterface: ${name}0\ngateway: none\n${more}`;
    const site =
      'version: 1\nlan: [lan0]\nlocal_traffic: p\npolicies: { p: { members: [{ wan: a }, { wan: b }] } }\n';
    const files = {
      'polywan.yaml': site,
      'profiles/a.yaml': wan('a', 'masquerade: yes\n'),
      'profiles/b.yaml': wan('b', 'masquerade: no\n'),
    };
    expect(messages(wanWithoutNat, files)).toEqual([
      "warning: the router's own traffic may leave by b with another WAN's IPv4 source address: it has no masquerade or snat for it",
    ]);
    expect(findings(wanWithoutNat, files)[0]?.span.file).toBe('profiles/b.yaml');
  });

  it('a flow that only a rule of the router sends there is not shown by one that goes by the main table', () => {
    const wan = (name: string) => `name: ${name}\ninterface: ${name}0\ngateway: none\nmasquerade: no\n`;
    const found = findings(wanWithoutNat, {
      'polywan.yaml':
        'version: 1\nlan: [lan0]\npolicies: { p: { members: [{ wan: a }] } }\nsteering: [{ name: r, in: router, protocol: tcp, destination_port: 853, policy: p }]\n',
      'profiles/a.yaml': wan('a'),
      'profiles/b.yaml': wan('b'),
    });
    expect(found.map(({ span, flow }) => [span.file, flow])).toEqual([['profiles/a.yaml', undefined]]);
  });

  it("the flow that it shows of a site's own traffic is of the family that is not translated", () => {
    const wan = (name: string) =>
      `name: ${name}\ninterface: ${name}0\ngateway: none\nfamilies: both\nmasquerade: ipv4\n`;
    const found = findings(wanWithoutNat, {
      'polywan.yaml':
        'version: 1\nlan: [lan0]\nlocal_traffic: p\npolicies: { p: { members: [{ wan: a }, { wan: b }] } }\n',
      'profiles/a.yaml': wan('a'),
      'profiles/b.yaml': wan('b'),
    });
    expect(found.map(({ message, flow }) => [/IPv\d/.exec(message)?.[0], flow?.flow.family])).toEqual([
      ['IPv6', 'ipv6'],
      ['IPv6', 'ipv6'],
    ]);
  });
});

/** Everything is masqueraded, and what comes in by this interface for port 53 is not tracked. */
function nft(iif: string): string {
  const untracked = [match(meta('iifname'), iif), match(payload('udp', 'dport'), 53), { notrack: null }];
  const masqueraded = [match(meta('oifname'), 'wan*'), { masquerade: null }];
  return nftRuleset(
    'ip6',
    { hook: 'prerouting', priority: -300, rules: [untracked] },
    { hook: 'postrouting', priority: 100, type: 'nat', rules: [masqueraded] },
  );
}
