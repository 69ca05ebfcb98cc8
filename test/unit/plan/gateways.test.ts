import { expect, it } from 'vitest';
import type { Address } from '../../../src/kernel/routing.ts';
import { factsByDevice } from '../../../src/plan/device-facts.ts';
import { findGateway, missingSource } from '../../../src/plan/gateways.ts';
import { machineWith, sampleWan } from './sample-site.ts';

const at = (device: string, changes: Partial<Address> = {}): Address => ({
  device,
  family: 'ipv4',
  address: '192.0.2.1',
  length: 24,
  scope: 0,
  ...changes,
});

const PPP = { pointToPoint: true };
const SNAT = { kind: 'snat', address: '203.0.113.9' } as const;

it.each<[string, readonly Address[], object, object]>([
  ['over a link with two ends', [at('lan0')], {}, PPP],
  ['where it is translated to a fixed address', [at('lan0')], { nat: { ipv4: SNAT, ipv6: SNAT } }, {}],
  ['where the loopback device has one', [at('lo'), at('lan0')], {}, {}],
  ['where no other interface has one', [at('lan0', { family: 'ipv6' }), at('lan0', { scope: 253 })], {}, {}],
  ['by the device alone', [at('lan0')], { gateway: { ipv4: { kind: 'none' }, ipv6: { kind: 'none' } } }, {}],
])('a WAN without an address is used %s', (_, addresses, profile, link) => {
  const wan = sampleWan('fiber', profile);
  expect(missingSource(wan, 'ipv4', deviceWith(addresses, link))).toBeUndefined();
  expect(findGateway(wan, 'ipv4', deviceWith(addresses, link))).toBeDefined();
});

it('an IPv4 default by an IPv6 gateway is followed', () => {
  const machine = machineWith('fiber0', 'lan0');
  const routes = machine.routes.map((route) => ({
    ...route,
    hops: [{ device: 'fiber0', gateway: 'fe80::1' }],
  }));
  const device = factsByDevice({ ...machine, routes })('fiber0');
  expect(findGateway(sampleWan('fiber'), 'ipv4', device)).toEqual({ address: 'fe80::1', onlink: false });
});

it.each<[title: string, addresses: readonly Address[], told: string]>([
  ['no address at all', [], 'no IPv4 address'],
  ['one of its link alone', [at('fiber0', { scope: 253, flags: ['deprecated'] })], 'no IPv4 address'],
  ['one that is not yet usable', [at('fiber0', { flags: ['tentative'] })], 'only tentative IPv4 addresses'],
  [
    'several that are unusable',
    [at('fiber0', { flags: ['dynamic', 'deprecated'] }), at('fiber0', { flags: ['tentative', 'dadfailed'] })],
    'only tentative and deprecated and dadfailed IPv4 addresses',
  ],
])(
  'a WAN with %s is left out where masquerade would take that of another interface',
  (_, addresses, told) => {
    const device = deviceWith([...addresses, at('lan0')]);
    const wan = sampleWan('fiber');
    expect(findGateway(wan, 'ipv4', device)).toBeUndefined();
    expect(missingSource(wan, 'ipv4', device)).toBe(
      `fiber0 has ${told}, and masquerade would take 192.0.2.1 of lan0`,
    );
  },
);

function deviceWith(addresses: readonly Address[], link: object = {}) {
  const machine = machineWith('fiber0', 'lan0');
  const links = machine.links.map((each) => ({ ...each, ...link }));
  return factsByDevice({ ...machine, links, addresses })('fiber0');
}
