import { expect, test } from 'vitest';
import { policyRuleCommand, routeCommand } from '../../../src/codec/ip-batch.ts';
import { readPolicyRules, readRoutes } from '../../../src/codec/ip-json.ts';

test('words of a policy rule that are not modelled are kept, and written back where ip takes them', () => {
  const rules = readPolicyRules('ipv4', [
    { priority: 1000, src: 'all', l3mdev: null },
    { priority: 106, src: 'all', tun_id: 7, table: '7' },
  ]);
  expect(rules.map(({ selector }) => selector.unknown)).toEqual(['l3mdev', 'tun_id 7']);
  expect(rules.map((rule) => policyRuleCommand('add', rule))).toEqual([
    'rule add priority 1000 from all l3mdev',
    'rule add priority 106 from all tun_id 7 lookup 7',
  ]);
});

test('a policy rule with a word that nobody knows is never written back, but can be deleted without it', () => {
  const [rule] = readPolicyRules('ipv4', [{ priority: 9, src: 'all', what: 5, table: '7', protocol: '87' }]);
  if (rule === undefined) throw new Error('not read');
  expect(() => policyRuleCommand('add', rule)).toThrow('what 5');
  expect(policyRuleCommand('del', rule)).toBe('rule del priority 9 from all lookup 7 protocol 87');
});

test('realms of policy rules and routes are read as ip takes them', () => {
  const rules = readPolicyRules('ipv4', [
    { priority: 1, src: 'all', table: '254', flow_from: '3', flow_to: '4' },
    { priority: 2, src: 'all', table: '254', flow_to: '4' },
  ]);
  expect(rules.map(({ action }) => action)).toEqual([
    { kind: 'lookup', table: 254, realms: '3/4' },
    { kind: 'lookup', table: 254, realms: '4' },
  ]);
  const routes = readRoutes('ipv4', [
    { dst: 'default', dev: 'wan0', flow: { from: '5', to: '6' } },
    { dst: 'default', dev: 'wan0', flow: { to: '5' } },
  ]);
  expect(routes.map(({ attributes }) => attributes)).toEqual(['realms 5/6', 'realms 5']);
});

test('a route is written with the metrics that ip -j names otherwise, several hops last, a nexthop object alone', () => {
  const hop = { gateway: '192.0.2.1', dev: 'wan0' };
  const routes = readRoutes('ipv4', [
    { dst: 'default', ...hop, metrics: [{ ecn: null, rto_min: 20, congestion: 'cubic' }] },
    { dst: 'default', nexthops: [hop, { ...hop, weight: 2 }], metrics: [{ mtu: 1400 }] },
    { dst: 'default', ...hop, nhid: 7, nh_info: { id: 7, gateway: '192.0.2.1', dev: 'wan0' } },
  ]);
  const start = 'route add unicast default table 254 protocol 3';
  expect(routes.map((route) => routeCommand('add', route))).toEqual([
    `${start} via 192.0.2.1 dev wan0 features ecn rto_min 20ms congctl cubic`,
    `${start} mtu 1400 nexthop via 192.0.2.1 dev wan0 weight 1 nexthop via 192.0.2.1 dev wan0 weight 2`,
    `${start} nhid 7`,
  ]);
});

test('a rule whose mark has an empty mask keeps both', () => {
  const [rule] = readPolicyRules('ipv4', [
    { priority: 103, src: 'all', fwmark: '0x6', fwmask: '0', action: '6' },
  ]);
  expect(rule?.selector.fwmark).toEqual({ value: 6, mask: 0 });
  expect(rule?.action).toEqual({ kind: 'blackhole' });
});

test('a type of service is read by its name, as ip prints it without -N', () => {
  const named = readPolicyRules(
    'ipv6',
    ['CS1', 'EF', '0x10', '10', 'home'].map((tos) => ({ priority: 1, tos })),
  );
  expect(named.map(({ selector }) => selector)).toEqual([
    { tos: 0x20 },
    { tos: 0xb8 },
    { tos: 0x10 },
    { tos: 0x10 },
    { unknown: 'tos home' },
  ]);
  const [route] = readRoutes('ipv4', [{ dst: 'default', tos: 'CS1', dev: 'wan0', flags: [] }]);
  expect(route?.attributes).toBe('tos 0x20');
});

test('an IPv4 route by an IPv6 gateway, and what the listing leaves out', () => {
  const [route] = readRoutes('ipv4', [
    {
      dst: '203.0.113.0/24',
      via: { family: 'inet6', host: 'fe80::1' },
      dev: 'wan0',
      metric: 5,
      flags: ['linkdown'],
    },
  ]);
  expect(route).toEqual({
    family: 'ipv4',
    table: 254,
    type: 'unicast',
    destination: { family: 'ipv4', address: '203.0.113.0', length: 24 },
    metric: 5,
    protocol: 3,
    hops: [{ gateway: 'fe80::1', device: 'wan0', flags: ['linkdown'] }],
  });
});

test('an unreachable IPv6 route is listed on lo and has no hop', () => {
  const [route] = readRoutes('ipv6', [
    {
      type: '7',
      dst: 'default',
      dev: 'lo',
      table: '103',
      protocol: '87',
      metric: 4278198272,
      flags: [],
      pref: 'medium',
    },
  ]);
  expect([route?.type, route?.hops, route?.attributes]).toEqual(['unreachable', [], undefined]);
});
