import { expect, it } from 'vitest';
import type { Wan } from '../../../src/config/site.ts';
import type { Address, Route } from '../../../src/kernel/routing.ts';
import { formatPrefix, parsePrefix } from '../../../src/net/prefix.ts';
import { findUplinks } from '../../../src/plan/uplinks.ts';
import { machineWith, sampleSite, sampleWan } from './sample-site.ts';

const INSIDE = prefixOf('fd00:50::/64');

const FOLLOWS: Wan['nat'] = {
  ipv4: { kind: 'none' },
  ipv6: { kind: 'nptv6', inside: INSIDE, outside: 'auto' },
};

const FIBER = address('fiber0', '2001:db8:a000::2');
const CABLE = address('cable0', '3fff:b::2');

it('a prefix is of the WAN whose address is nearest to it, and of no other', () => {
  const routes = [unreachable('2001:db8:a100::/56'), unreachable('3fff:f::/56')];
  expect(found([FIBER, CABLE], routes)).toEqual({
    fiber: ['2001:db8:a100::/56'],
    cable: ['3fff:f::/56'],
  });
  expect(found([FIBER, CABLE], routes.slice(0, 1))).toEqual({ fiber: ['2001:db8:a100::/56'], cable: [] });
});

it('of several the nearest comes first', () => {
  const routes = [unreachable('2001:db8:f000::/56'), unreachable('2001:db8:a100::/56')];
  expect(found([FIBER, CABLE], routes).fiber).toEqual(['2001:db8:a100::/56', '2001:db8:f000::/56']);
});

it('a WAN keeps its own while its address cannot be used for a moment, and so does one that does not follow it', () => {
  const routes = [unreachable('2001:db8:a100::/56')];
  const tentative = { ...FIBER, flags: ['tentative'] };
  expect(found([tentative, CABLE], routes).cable).toEqual([]);
  const none = { ipv4: { kind: 'none' }, ipv6: { kind: 'none' } } as const;
  expect(found([FIBER, CABLE], routes, none)).toEqual({ fiber: [], cable: [] });
});

it.each([
  ['of another table', unreachable('2001:db8:a100::/56', { table: 100 })],
  ['that is not global', unreachable('fd12::/48')],
  ['that is a default', unreachable('::/0')],
  ['that somebody refuses', unreachable('2001:db8:a100::/56', { type: 'prohibit' })],
])('a prefix %s was not delegated', (_, route) => {
  expect(found([FIBER, CABLE], [route])).toEqual({ fiber: [], cable: [] });
});

/** By WAN. */
function found(
  addresses: readonly Address[],
  routes: readonly Route[],
  fiber = FOLLOWS,
): Readonly<Record<string, readonly string[]>> {
  const families = ['ipv6'] as const;
  const site = sampleSite({
    wans: [sampleWan('fiber', { families, nat: fiber }), sampleWan('cable', { families, nat: FOLLOWS })],
  });
  const facts = { ...machineWith('fiber0', 'cable0'), addresses, routes };
  const numbers = new Map(site.wans.map(({ name }, at) => [name, { slot: at + 1, mark: at, table: at }]));
  const { uplinks } = findUplinks(site, facts, numbers, { health: {} });
  return Object.fromEntries(uplinks.map(({ wan, delegated }) => [wan.name, delegated.map(formatPrefix)]));
}

function address(device: string, host: string): Address {
  return { device, family: 'ipv6', address: host, length: 64, scope: 0 };
}

function unreachable(prefix: string, changes: Partial<Route> = {}): Route {
  const destination = prefixOf(prefix);
  const route = { family: 'ipv6', table: 254, type: 'unreachable', metric: 1024, protocol: 16 } as const;
  return { ...route, destination, hops: [], ...changes };
}

function prefixOf(text: string) {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(text);
  return prefix;
}
