import { describe, expect, it } from 'vitest';
import { forwardReplyByOtherWan } from '../../../src/lint/checks/forward-reply-by-other-wan.ts';
import { masqueradeCatchesLoopback } from '../../../src/lint/checks/masquerade-catches-loopback.ts';
import { masqueradeEverything } from '../../../src/lint/checks/masquerade-everything.ts';
import { natBeforeNotrack } from '../../../src/lint/checks/nat-before-notrack.ts';
import { snatOnDynamicAddress } from '../../../src/lint/checks/snat-on-dynamic-address.ts';
import { wanWithoutNat } from '../../../src/lint/checks/wan-without-nat.ts';
import { NAT_CHECKS } from '../../../src/lint/groups/nat.ts';
import { type Files, findings, messages } from './machine-of.ts';

describe('checks of NAT', () => {
  it.each(NAT_CHECKS)('$id: the bad example yields it and nothing else, the good one nothing', (check) => {
    const bad = findings(undefined, check.bad.files);
    expect(bad.length).toBeGreaterThan(0);
    expect(new Set(bad.map((one) => one.check))).toEqual(new Set([check.id]));
    expect(findings(undefined, check.good.files)).toEqual([]);
  });
});

const ROLES = { wan: ['wan0', 'wan1'], lan: ['lan0'] };

function nat(...rules: readonly string[]): string {
  return `*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:own - [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
}

function raw(...rules: readonly string[]): string {
  return `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
}

function filter(...rules: readonly string[]): string {
  return `*filter\n:FORWARD ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
}

function links(
  ...addresses: readonly (readonly [device: string, address: string, length: number])[]
): string {
  return JSON.stringify(
    addresses.map(([ifname, local, prefixlen], at) => ({
      ifindex: at + 2,
      ifname,
      flags: ['UP', 'LOWER_UP'],
      mtu: 1500,
      addr_info: [{ family: local.includes(':') ? 'inet6' : 'inet', local, prefixlen, scope: 'global' }],
    })),
  );
}

const WAN0 = '-A POSTROUTING -o wan0 -j MASQUERADE';

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
      "warning: local_traffic may leave by b with another WAN's IPv4 source address: it has no masquerade or snat for it",
    ]);
    expect(findings(wanWithoutNat, files)[0]?.span.file).toBe('profiles/b.yaml');
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

describe('masquerade-everything and masquerade-catches-loopback', () => {
  const both = (...rules: readonly string[]) =>
    [masqueradeEverything, masqueradeCatchesLoopback].map(
      (check) => findings(check, { 'rules.v4': nat(...rules) }, ROLES).length,
    );

  it.each([
    [1, 0, ['-A POSTROUTING -j MASQUERADE']],
    [1, 0, ['-A POSTROUTING -j SNAT --to-source 198.51.100.9']],
    [2, 0, ['-A POSTROUTING -p tcp -j MASQUERADE', '-A POSTROUTING -p udp -j MASQUERADE']],
    [1, 0, ['-A POSTROUTING -j own', '-A own -j MASQUERADE']],
    [0, 1, ['-A POSTROUTING ! -o lan0 -j MASQUERADE']],
    [0, 1, ['-A POSTROUTING ! -d 172.17.0.0/16 -j MASQUERADE']],
    [0, 1, ['-A POSTROUTING -s 127.0.0.0/8 -j MASQUERADE']],
    [0, 0, ['-A POSTROUTING -o lo -j RETURN', '-A POSTROUTING ! -o lan0 -j MASQUERADE']],
    [
      0,
      0,
      ['-A POSTROUTING -o lan+ -j RETURN', '-A POSTROUTING -o lo -j RETURN', '-A POSTROUTING -j MASQUERADE'],
    ],
    [0, 0, ['-A POSTROUTING -o wan0 -j own', '-A own -j MASQUERADE']],
    [0, 0, ['-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE']],
    [0, 0, ['-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE']],
    [0, 0, ['-A POSTROUTING -m conntrack --ctstate DNAT -j MASQUERADE']],
    [0, 0, ['-A POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN', '-A POSTROUTING -j MASQUERADE']],
  ])('%d and %d: %j', (everything, loopback, rules) => {
    expect(both(...rules)).toEqual([everything, loopback]);
  });

  it('what is never tracked on lo is not translated', () => {
    const untracked = raw('-A OUTPUT -o lo -j CT --notrack') + nat('-A POSTROUTING ! -o lan0 -j MASQUERADE');
    expect(findings(masqueradeCatchesLoopback, { 'rules.v4': untracked })).toEqual([]);
  });

  it('IPv6 is asked for by itself', () => {
    expect(
      findings(masqueradeEverything, { 'rules.v6': nat('-A POSTROUTING -j MASQUERADE') }, ROLES),
    ).toHaveLength(1);
    expect(
      findings(
        masqueradeCatchesLoopback,
        { 'rules.v6': nat('-A POSTROUTING ! -o lan0 -j MASQUERADE') },
        ROLES,
      ),
    ).toHaveLength(1);
  });
});

describe('snat-on-dynamic-address', () => {
  const snat = (device: string, address: string, more: Files = {}) =>
    messages(snatOnDynamicAddress, {
      'rules.v4': nat(`-A POSTROUTING -o ${device} -j SNAT --to-source ${address}`),
      ...more,
    });
  const DHCP = {
    'routes.txt': 'default via 198.51.100.1 dev wan0 proto dhcp\n172.17.0.0/16 dev lan0 scope link\n',
  };

  it('a lease, PPP, an address that is gone, and one that nobody has', () => {
    expect(snat('wan0', '198.51.100.7', DHCP)).toEqual([
      expect.stringContaining("warning: 198.51.100.7 is fixed, but wan0's address changes"),
    ]);
    expect(snat('ppp0', '198.51.100.7')).toEqual([expect.stringContaining('note: 198.51.100.7 is fixed')]);
    expect(snat('wan0', '198.51.100.7', { ...DHCP, 'links.json': links(['wan0', '192.0.2.9', 24]) })).toEqual(
      [expect.stringContaining('warning: 198.51.100.7 is not on this machine')],
    );
    expect(snat('wan0', '198.51.100.7', { 'links.json': links(['wan0', '198.51.100.9', 24]) })).toEqual([
      expect.stringContaining('warning: 198.51.100.7 is in the network of wan0'),
    ]);
  });

  it('fixed addresses, and blocks that are routed to the machine, are silent', () => {
    expect(snat('wan0', '198.51.100.7')).toEqual([]);
    expect(snat('wan0', '198.51.100.7', { 'links.json': links(['wan0', '198.51.100.7', 24]) })).toEqual([]);
    expect(snat('wan0', '203.0.113.66', { 'links.json': links(['wan0', '198.51.100.9', 24]) })).toEqual([]);
    expect(snat('lan0', '172.17.0.1', DHCP)).toEqual([]);
  });
});

describe('nat-before-notrack', () => {
  const dead = (notrack: readonly string[], ...rules: readonly string[]) =>
    findings(natBeforeNotrack, { 'rules.v4': raw(...notrack) + nat(...rules) }).length;
  const FORWARD = '-A PREROUTING -i wan0 -p udp -m udp --dport 53 -j DNAT --to-destination 172.17.0.53';

  it('a forward whose every packet raw leaves untracked', () => {
    expect(dead(['-A PREROUTING -p udp -j CT --notrack'], FORWARD)).toBe(1);
    expect(dead(['-A PREROUTING -j NOTRACK'], FORWARD)).toBe(1);
    expect(dead(['-A PREROUTING -p udp -m udp --dport 1:1024 -j CT --notrack'], FORWARD)).toBe(1);
    expect(
      dead(
        ['-A PREROUTING -i wan0 -p udp -m udp --dport 53 -m limit --limit 5/sec -j CT --notrack'],
        FORWARD,
      ),
    ).toBe(0);
    expect(dead(['-A PREROUTING -i lan0 -p udp -j CT --notrack'], FORWARD)).toBe(0);
    expect(dead(['-A PREROUTING -p udp -m udp --sport 53 -j CT --notrack'], FORWARD)).toBe(0);
    expect(dead(['-A PREROUTING -i wan0 -j ACCEPT', '-A PREROUTING -p udp -j CT --notrack'], FORWARD)).toBe(
      0,
    );
    expect(dead(['-A OUTPUT -p udp -j CT --notrack'], FORWARD)).toBe(0);
  });

  it('masquerade needs both ways to it untracked', () => {
    expect(dead(['-A PREROUTING -j NOTRACK'], WAN0)).toBe(0);
    expect(dead(['-A PREROUTING -j NOTRACK', '-A OUTPUT -j NOTRACK'], WAN0)).toBe(1);
    expect(dead(['-A PREROUTING -p udp -j NOTRACK', '-A OUTPUT -p udp -j NOTRACK'], WAN0)).toBe(0);
  });
});

describe('forward-reply-by-other-wan', () => {
  const NAT = nat(
    '-A PREROUTING -i wan1 -p tcp -m tcp --dport 22 -j DNAT --to-destination 172.17.0.2',
    '-A PREROUTING -i wan1 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.3',
  );
  const ROUTES = `default via 192.0.2.1 dev wan0
172.17.0.0/16 dev lan0 scope link
192.0.2.0/24 dev wan0 scope link
198.51.100.0/24 dev wan1 scope link
default via 198.51.100.1 dev wan1 table 101
`;
  const RULES = (more = '') =>
    `0:	from all lookup local\n${more}32766:	from all lookup main\n32767:	from all lookup default\n`;
  const stray = (files: Files) =>
    findings(forwardReplyByOtherWan, { 'rules.v4': NAT, 'routes.txt': ROUTES, ...files }, ROLES);

  it('one finding for all forwards of an uplink, with the flow that shows it', () => {
    const [found, ...others] = stray({ 'rules.txt': RULES() });
    expect(others).toEqual([]);
    expect(found?.key).toBe('ipv4 wan1 wan0');
    expect(found?.flow?.packets.map(({ name, exit }) => `${name} ${exit}`)).toEqual(['P1 lan0', 'R wan0']);
    expect(found?.message).toContain('and of 1 more forwards');
  });

  it('without policy rules it says that it took the ones every kernel has', () => {
    expect(stray({})[0]?.assumed).toEqual([
      'policy rules were not given: taken to be those every kernel has',
    ]);
    expect(findings(forwardReplyByOtherWan, { 'rules.v4': NAT }, ROLES)).toEqual([]);
  });

  it('a policy rule for a port of services leaves the replies where they go astray', () => {
    const other = '100:	from all iif lan0 ipproto tcp dport 443 lookup 101\n';
    expect(stray({ 'rules.txt': RULES(other) })).toHaveLength(1);
  });

  it('a rule for the server inside, or for its network, sends the reply the right way', () => {
    const cured =
      '32000:	from 172.17.0.0/16 lookup main suppress_prefixlength 0\n32001:	from 172.17.0.0/16 iif lan0 lookup 101\n';
    expect(stray({ 'rules.txt': RULES(cured) })).toEqual([]);
  });
});
