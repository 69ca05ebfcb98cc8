import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KernelState } from '../../src/kernel/state.ts';
import { type ApplyRouter, makeRouter } from './apply-router.ts';
import { kernelSays, snapshotOf, traceSays } from './asked-route.ts';

/** Routes that ask for a packet's source (IPv6) or its type of service, beside the routes that ask for nothing. */
const ROUTES = `
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip address del 203.0.113.1/24 dev lan0
ip -6 route add default via 2001:db8:1::1 metric 100
ip -6 route add default from 2001:db8:3:1::/64 via 2001:db8:2::1 metric 2000
ip -6 route add default from 2001:db8:3::/48 via 2001:db8:1::7 metric 50
ip -6 route add 2001:db8:f::/48 via 2001:db8:2::1
ip -6 route add 2001:db8:f::/48 from 2001:db8:3:2::/64 via 2001:db8:1::1
ip -6 route add 2001:db8:f:1::/64 from 2001:db8:9::/48 via 2001:db8:2::1
ip -6 rule add priority 100 tos 0x20 lookup 7
ip -6 route add default via 2001:db8:2::1 table 7
ip route add 203.0.113.0/24 via 192.0.2.1
ip route add 203.0.113.0/24 tos 0x10 via 198.51.100.1 metric 500
ip route add 203.0.113.128/25 tos 0x8 via 198.51.100.1
ip rule add priority 100 tos 0x4 lookup 7
ip route add default via 198.51.100.1 table 7
`;

const SOURCES = ['2001:db8:3::5', '2001:db8:3:1::5', '2001:db8:3:2::5', '2001:db8:9::5'];
const TARGETS = ['2001:db8:e::1', '2001:db8:f::1', '2001:db8:f:1::1'];
const SERVICES = [0, 0x4, 0x8, 0x10, 0x14, 0x20, 0x24, 0x28, 0x30];

let router: ApplyRouter;
let state: KernelState;

beforeAll(() => {
  router = makeRouter();
  router.sh(ROUTES);
  state = snapshotOf(router);
});

afterAll(() => router?.remove());

describe('trace and the kernel agree', () => {
  it('on routes for some sources', () => {
    const asked = SOURCES.flatMap((source) => TARGETS.map((target) => ({ source, target })));
    const kernel = asked.map((each) => kernelSays(router, each));
    expect(asked.map((each) => traceSays(state, each))).toEqual(kernel);
    expect(new Set(kernel)).toEqual(new Set(['wan0', 'wan1']));
  });

  it('on policy rules and routes for a type of service', () => {
    const asked = SERVICES.flatMap((tos) => [
      { source: '192.0.2.77', target: '203.0.113.9', tos },
      { source: '192.0.2.77', target: '203.0.113.200', tos },
      { source: '2001:db8:9::5', target: '2001:db8:e::1', tos },
    ]);
    router.sh('sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lan0.rp_filter=0');
    const kernel = asked.map((each) => kernelSays(router, each));
    expect(asked.map((each) => traceSays(state, each))).toEqual(kernel);
    expect(new Set(kernel)).toEqual(new Set(['wan0', 'wan1']));
  });
});
