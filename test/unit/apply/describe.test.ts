import { expect, it } from 'vitest';
import { describeChange } from '../../../src/apply/describe.ts';
import type { PolicyRule, Route } from '../../../src/kernel/routing.ts';

const route: Route = {
  family: 'ipv6',
  table: 8701,
  type: 'unicast',
  destination: { family: 'ipv6', address: '::', length: 0 },
  metric: 1024,
  protocol: 87,
  hops: [{ gateway: '2001:db8::1', device: 'wan0' }],
};

it('a changed route tells what it was by what is different', () => {
  const before = { ...route, source: '2001:db8::2', attributes: 'mtu 1400' };
  expect(describeChange({ kind: 'route', before, after: route })).toBe(
    '~ IPv6 default via 2001:db8::1 dev wan0 table 8701 metric 1024 (was: IPv6 default via 2001:db8::1 dev wan0 table 8701 src 2001:db8::2 metric 1024 mtu 1400)',
  );
});

it('a policy rule for all but what it names is told as such', () => {
  const after: PolicyRule = {
    family: 'ipv4',
    priority: 10_001,
    selector: { not: true, iif: 'lo' },
    action: { kind: 'goto', priority: 10_003 },
    protocol: 87,
  };
  expect(describeChange({ kind: 'policy-rule', before: undefined, after })).toBe(
    '+ 10001: not iif lo goto 10003',
  );
});
