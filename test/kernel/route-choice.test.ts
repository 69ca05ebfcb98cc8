import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, CARRIERS_TOLD, makeRouter } from './apply-router.ts';
import { kernelSays, snapshotOf, traceSays } from './asked-route.ts';

const IPV4 = { source: '203.0.113.9', target: '192.88.99.1' };
const IPV6 = { source: '2001:db8:3::9', target: '2001:db8:e::1' };

/** Two uplinks, of which that with a dot in its name, as a VLAN has one, comes first. */
const DEFAULTS = `
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip link add wan0.7 type veth peer name far-wan0.7
ip link set wan0.7 up
ip link set far-wan0.7 up
ip address add 198.18.7.2/24 dev wan0.7
ip address add 2001:db8:7::2/64 dev wan0.7 nodad
ip route add default via 198.18.7.1 metric 10
ip route add default via 198.51.100.1 metric 20
ip -6 route add default via 2001:db8:7::1 metric 10
ip -6 route add default via 2001:db8:2::1 metric 20
ip route del default via 192.0.2.1
`;

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});
afterEach(() => router.remove());

function expectSame(...devices: readonly string[]): void {
  const state = snapshotOf(router);
  const asked = [IPV4, IPV6].slice(-devices.length);
  expect(asked.map((each) => kernelSays(router, each))).toEqual(devices);
  expect(asked.map((each) => traceSays(state, each))).toEqual(devices);
}

describe('trace takes the route that the kernel takes', () => {
  it.each([
    ['medium', 'medium', 'wan0'],
    ['medium', 'high', 'wan1'],
    ['low', 'medium', 'wan1'],
    ['low', 'high', 'wan1'],
    ['high', 'low', 'wan0'],
  ])('of two IPv6 routes of one metric, of preference %s and %s', (first, second, taken) => {
    router.sh(`
      sysctl -qw net.ipv6.conf.all.forwarding=1
      ip -6 route add default dev wan0 metric 100 pref ${first}
      ip -6 route append default dev wan1 metric 100 pref ${second}`);
    expectSame(taken);
  });

  it('where a cable is out, as each family heeds the setting for it', () => {
    router.sh(`${DEFAULTS}\nip link set far-wan0.7 down\n${CARRIERS_TOLD}`);
    const set = (device: string, value: number) =>
      router.sh(
        `for family in ipv4 ipv6; do sysctl -qw net.$family.conf.${device}.ignore_routes_with_linkdown=${value}; done`,
      );
    expectSame('wan0.7', 'wan0.7');
    set('wan0/7', 1);
    expectSame('wan1', 'wan1');
    set('all', 1);
    set('wan0/7', 0);
    expectSame('wan1', 'wan0.7');
    set('all', 0);
    expectSame('wan0.7', 'wan0.7');
  });

  it('by a hop that is an object of its own', () => {
    router.sh(`${DEFAULTS}
      ip nexthop add id 5 via 198.51.100.1 dev wan1
      ip nexthop add id 6 via 2001:db8:2::1 dev wan1
      ip route replace ${IPV4.target} nhid 5
      ip -6 route replace ${IPV6.target} nhid 6`);
    expectSame('wan1', 'wan1');
  });

  it('by a rule for a device by another name it has', () => {
    router.sh(`${DEFAULTS}
      ip link property add dev lan0 altname inside0
      ip route add default via 198.51.100.1 table 7
      ip -6 route add default via 2001:db8:2::1 table 7
      ip rule add priority 1000 iif inside0 lookup 7
      ip -6 rule add priority 1000 iif inside0 lookup 7`);
    expectSame('wan1', 'wan1');
  });

  it('past the rule that comes with a VRF, for interfaces in none', () => {
    router.sh(`${DEFAULTS}
      ip rule add priority 1000 l3mdev
      ip -6 rule add priority 1000 l3mdev`);
    expectSame('wan0.7', 'wan0.7');
  });
});
