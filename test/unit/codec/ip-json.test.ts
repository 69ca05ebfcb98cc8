import { expect, test } from 'vitest';
import { policyRuleCommand } from '../../../src/codec/ip-batch.ts';
import { readPolicyRules, readRoutes } from '../../../src/codec/ip-json.ts';

test('words of a policy rule that are not modelled are kept, and such a rule is never written back', () => {
  const [l3mdev, tunnel, realm] = readPolicyRules('ipv4', [
    { priority: 1000, src: 'all', l3mdev: null },
    { priority: 106, src: 'all', tun_id: 7, table: '7' },
    { priority: 108, src: 'all', table: '254', flow_from: '3', flow_to: '4' },
  ]);
  expect([l3mdev, tunnel, realm].map((rule) => rule?.selector.unknown)).toEqual([
    'l3mdev',
    'tun_id 7',
    'flow_from 3 flow_to 4',
  ]);
  if (tunnel === undefined) throw new Error('not read');
  expect(() => policyRuleCommand('add', tunnel)).toThrow('tun_id 7');
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
