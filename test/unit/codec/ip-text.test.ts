import { describe, expect, it } from 'vitest';
import { TableNames } from '../../../src/codec/ip-names.ts';
import { readRouteText } from '../../../src/codec/ip-route-text.ts';
import { readPolicyRuleText } from '../../../src/codec/ip-rule-text.ts';
import { readSysctlText } from '../../../src/codec/sysctl-text.ts';

describe('the text of ip rule', () => {
  it('is read with every selector, and each rule knows its line', () => {
    const text =
      '32764:\tnot from 192.0.2.0/24 to 198.51.100.4 tos 0x10 iif gone0 [detached] oif wan0 uidrange 0-3 ipproto tcp sport 5 dport 6-8 lookup main suppress_prefixlength 0 proto 87\n';
    const { policyRules, problems } = readPolicyRuleText('ipv4', text, 'rules', new TableNames());
    expect(problems).toEqual([]);
    expect(policyRules).toEqual([
      {
        family: 'ipv4',
        priority: 32764,
        selector: {
          not: true,
          from: { family: 'ipv4', address: '192.0.2.0', length: 24 },
          to: { family: 'ipv4', address: '198.51.100.4', length: 32 },
          tos: 16,
          iif: 'gone0',
          oif: 'wan0',
          uidRange: '0-3',
          ipProtocol: 'tcp',
          sourcePort: '5',
          destinationPort: '6-8',
        },
        action: { kind: 'lookup', table: 254, suppressPrefixLength: 0 },
        protocol: 87,
        span: { file: 'rules', start: 0, end: text.length - 1 },
      },
    ]);
  });

  it('keeps words it does not know, so that the rule cannot be decided', () => {
    const { policyRules } = readPolicyRuleText(
      'ipv4',
      '1000:\tfrom all lookup [l3mdev-table]\n1001: from all tun_id 7 lookup 5\n',
      'rules',
      new TableNames(),
    );
    expect(policyRules.map(({ selector }) => selector.unknown)).toEqual(['l3mdev', 'tun_id 7']);
  });

  it('gives a table the number of the rt_tables file, and an unknown name the same one everywhere', () => {
    const names = new TableNames();
    names.learn('# names\n200\tfiber # the first\n');
    const rules = readPolicyRuleText(
      'ipv4',
      '1: from all lookup fiber\n2: from all lookup x\n',
      'rules',
      names,
    );
    const { routes } = readRouteText('ipv4', 'default dev wan0 table x\n', 'routes', names);
    const tables = rules.policyRules.map(({ action }) => (action.kind === 'lookup' ? action.table : 0));
    expect(tables).toEqual([200, routes[0]?.table]);
    expect(names.inventedLines()).toBe(`${routes[0]?.table} x\n`);
    // Who learns them invents others.
    const others = new TableNames();
    others.learn(names.inventedLines());
    expect(others.numberOf('x')).toBe(names.numberOf('x'));
    expect(others.numberOf('y')).not.toBe(others.numberOf('x'));
  });

  it('keeps what a route asks of a packet beside its destination, in a listing and in a command', () => {
    const lines = [
      'default from 2001:db8:1::/48 dev wan0 metric 1024',
      '203.0.113.0/24 tos CS1 via 198.51.100.2 dev wan1',
      '203.0.113.0/24 via 198.51.100.2 dev wan1 dsfield 10',
    ];
    const { routes } = readRouteText('ipv4', lines.join('\n'), 'routes', new TableNames());
    expect(routes.map(({ family, attributes }) => [family, attributes])).toEqual([
      ['ipv6', 'from 2001:db8:1::/48'],
      ['ipv4', 'tos 0x20'],
      ['ipv4', 'tos 0x10'],
    ]);
  });

  it('names the place of a line that is none', () => {
    const { problems } = readPolicyRuleText(
      'ipv4',
      '1: from all lookup 5\nwhat\n',
      'rules',
      new TableNames(),
    );
    expect(problems).toEqual([
      { message: "this is no line of 'ip rule'", span: { file: 'rules', start: 21, end: 25 } },
    ]);
  });
});

describe('the text of ip route', () => {
  it('joins the hops of a multipath route', () => {
    const text =
      'default table 100 \n\tnexthop via 192.0.2.1 dev wan0 weight 2 \n\tnexthop dev wan1 weight 3 onlink\n';
    const { routes, problems } = readRouteText('ipv4', text, 'routes', new TableNames());
    expect(problems).toEqual([]);
    expect(routes[0]).toMatchObject({
      table: 100,
      hops: [
        { gateway: '192.0.2.1', device: 'wan0', weight: 2 },
        { device: 'wan1', weight: 3, onlink: true },
      ],
    });
  });

  it('passes over what -d says of nexthop objects', () => {
    const text = `unicast 203.0.113.0/24 nhid 7 via 192.0.2.1 dev wan0 proto 87 scope global onlink
\tnh_info id 7 via 192.0.2.9 dev wan9 scope link proto unspec onlink
unicast 203.0.113.128/25 nhid 10 proto 87 scope global mtu 1400
\tnh_info id 10 group 7/8,2 scope global proto unspec \\\tnexthop via 192.0.2.1 dev wan0 weight 1 onlink
\tnexthop via 192.0.2.3 dev wan0 weight 2
blackhole 203.0.112.0/24 nhid 9 dev lo proto 87 scope global
\tnh_info id 9 scope global blackhole proto unspec
`;
    const { routes, problems } = readRouteText('ipv4', text, 'routes', new TableNames());
    expect(problems).toEqual([]);
    expect(routes.map(({ hops, attributes }) => [attributes, hops])).toEqual([
      ['nhid 7', [{ gateway: '192.0.2.1', device: 'wan0', onlink: true }]],
      [
        'nhid 10 mtu 1400',
        [
          { gateway: '192.0.2.1', device: 'wan0', weight: 1, onlink: true },
          { gateway: '192.0.2.3', device: 'wan0', weight: 2 },
        ],
      ],
      ['nhid 9', []],
    ]);
  });

  it('tells the families apart that one listing has one after the other', () => {
    const text =
      'default dev ppp0 scope link \ndefault via 192.0.2.1 dev wan0 \ndefault dev ppp0 metric 1024 pref medium\n2001:db8::/64 dev lan0 proto kernel metric 256 pref medium\ndefault via fe80::1 dev wan0 metric 1024 pref medium\n';
    const { routes } = readRouteText('ipv6', text, 'routes', new TableNames());
    expect(routes.map(({ family }) => family)).toEqual(['ipv4', 'ipv4', 'ipv6', 'ipv6', 'ipv6']);
    expect(routes.map(({ destination }) => destination.address)).toContain('0.0.0.0');
  });

  it('reads metrics, IPv6 gateways of IPv4 routes and types by number', () => {
    const text =
      '203.0.113.0/24 via inet6 2001:db8::1 dev wan0 proto 87 onlink mtu lock 1400 initcwnd 10 \n7 198.51.100.0/24 metric 4\n';
    const { routes } = readRouteText('ipv4', text, 'routes', new TableNames());
    expect(routes).toMatchObject([
      { hops: [{ gateway: '2001:db8::1', onlink: true }], attributes: 'mtu 1400 initcwnd 10', protocol: 87 },
      { type: 'unreachable', metric: 4, hops: [] },
    ]);
  });
});

describe('sysctl listings', () => {
  it('are read in both spellings; a later line wins', () => {
    const text =
      'net.ipv4.ip_forward = 0\nnet/ipv4/conf/wan0.5/rp_filter=2\n; no\n-net.ipv4.ip_forward = 1\n';
    expect(readSysctlText(text, 'sysctl').sysctls).toEqual([
      { key: 'net.ipv4.ip_forward', value: '1' },
      { key: 'net.ipv4.conf.wan0/5.rp_filter', value: '2' },
    ]);
  });
});
