import { expect, it } from 'vitest';
import { assumedFacts } from '../../../src/cli/model/assumed-facts.ts';
import type { Gateway, Wan } from '../../../src/config/site.ts';
import { layOut } from '../../../src/lab/layout.ts';
import { formatPrefix, parsePrefix } from '../../../src/net/prefix.ts';
import { outsidePrefix } from '../../../src/plan/nptv6.ts';
import { findUplinks } from '../../../src/plan/uplinks.ts';
import { sampleSite, sampleWan } from '../plan/sample-site.ts';

const AUTO: Gateway = { kind: 'auto' };
const STATIC: Gateway = { kind: 'address', address: '2001:db8:36::1' };
const BESIDE: Gateway = { kind: 'address', address: '2001:db8:32::1' };

/** Follows the prefix of its ISP where `inside` is given. */
function wan(name: string, ipv6: Gateway, inside?: string): Wan {
  const prefix = inside === undefined ? undefined : parsePrefix(inside);
  const nat = prefix
    ? ({ kind: 'nptv6', inside: prefix, outside: 'auto' } as const)
    : ({ kind: 'none' } as const);
  return sampleWan(name, {
    families: ['ipv6'],
    gateway: { ipv4: AUTO, ipv6 },
    nat: { ipv4: { kind: 'none' }, ipv6: nat },
  });
}

it.each([
  ['beside one with an address of documentation', [wan('fiber', AUTO, 'fd00:1::/56'), wan('cable', STATIC)]],
  ['two of them', [wan('fiber', AUTO, 'fd00:1::/56'), wan('cable', AUTO, 'fd00:1::/56')]],
  [
    'two of them with gateways of their own',
    [wan('fiber', STATIC, 'fd00:1::/64'), wan('cable', BESIDE, 'fd00:1::/64')],
  ],
  ['of one network', [wan('fiber', AUTO, 'fd00:1::/64'), wan('cable', STATIC, 'fd00:1::/48')]],
  ['point-to-point', [wan('fiber', { kind: 'none' }, 'fd00:1::/60'), wan('cable', AUTO, 'fd00:1::/60')]],
])('WANs that follow the prefixes of their ISPs translate to them: %s', (_, wans) => {
  const site = sampleSite({ wans });
  const { topology } = layOut(site);
  const numbers = new Map(wans.map(({ name }, at) => [name, { slot: at + 1, mark: at, table: at }]));
  const { uplinks } = findUplinks(site, assumedFacts(topology), numbers, { health: {} });
  const translated = uplinks.flatMap((uplink) => {
    const nat = uplink.wan.nat.ipv6;
    if (nat.kind !== 'nptv6') return [];
    const outside = outsidePrefix(uplink, nat);
    return [outside && formatPrefix(outside)];
  });
  expect(translated).toEqual(topology.delegated.map(formatPrefix));
  expect(new Set(translated).size).toBe(translated.length);
});
