import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { traceFlow } from '../../src/trace/trace-flow.ts';
import { type ApplyRouter, makeRouter } from './apply-router.ts';
import { snapshotOf } from './asked-route.ts';

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
});
afterAll(() => router?.remove());

/** The source of what the router sends to each, as the kernel says and as trace does. */
function expectSame(setup: string, chosen: Readonly<Record<string, string>>): void {
  router.sh(setup);
  const targets = Object.keys(chosen);
  const kernel = targets.map((target) => [target, kernelSource(target)]);
  expect(Object.fromEntries(kernel)).toEqual(chosen);
  const state = snapshotOf(router);
  const traced = targets.map((target) => {
    const family = target.includes(':') ? 'ipv6' : 'ipv4';
    const flow = { family, destination: target, protocol: 'udp', destinationPort: 443 } as const;
    const trace = traceFlow(state, flow, { packets: ['P1'] });
    return [target, typeof trace === 'string' ? trace : trace.paths[0]?.packets[0]?.end.source];
  });
  expect(Object.fromEntries(traced)).toEqual(chosen);
}

function kernelSource(target: string): string {
  const listed = router.sh(`ip -j route get ${target}`);
  return (JSON.parse(listed) as readonly { readonly prefsrc?: string }[])[0]?.prefsrc ?? '';
}

describe('trace gives what the router sends the source that the kernel gives it', () => {
  it('in IPv4 by the hop: its device’s first where it has no gateway', () => {
    const setup = `
      ip address add 203.0.113.65/26 dev wan0
      ip route del 203.0.113.64/26 dev wan0
      ip route add 203.0.113.64/26 dev wan0
      ip address add 203.0.113.130/26 dev wan1
      ip route add 192.88.99.0/24 via 203.0.113.129 dev wan1
      ip route add 192.88.98.0/24 via inet6 2001:db8:2::1 dev wan1`;
    expectSame(setup, {
      '203.0.113.70': '192.0.2.2',
      '192.88.99.1': '203.0.113.130',
      '192.88.98.1': '198.51.100.2',
    });
  });

  it('in IPv6 by what is preferred before by the device, and by the network of its address', () => {
    const more =
      'ip address add 2001:db8:1::20/64 dev wan0 nodad\nip address add 2001:db8:1::10/64 dev wan0 nodad';
    expectSame(`ip -6 route add default via 2001:db8:1::1\n${more}`, {
      '2001:db8:1::3': '2001:db8:1::10',
      '2001:db8:1::21': '2001:db8:1::10',
      '2001:db8:f::9': '2001:db8:1::10',
    });
    const deprecated = ['2', '10', '20'].map(
      (host) => `ip address change 2001:db8:1::${host}/64 dev wan0 preferred_lft 0`,
    );
    expectSame(deprecated.join('\n'), {
      '2001:db8:1::3': '2001:db8:2::2',
      '2001:db8:2::3': '2001:db8:2::2',
    });
  });
});
