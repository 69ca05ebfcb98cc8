import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lintPlan } from '../../../../src/cli/lint/own-plan.ts';
import type { KernelState } from '../../../../src/kernel/state.ts';
import type { Family } from '../../../../src/net/family.ts';
import { parsePrefix } from '../../../../src/net/prefix.ts';
import { files, readFiles } from '../../config/diagnose.ts';
import {
  BACKENDS,
  errorsOf,
  factsFor,
  inShort,
  notLedInside,
  planOf,
  ROOT,
  siteIn,
  usable,
} from './planned.ts';

it('a network that only another program’s routing table leads to is not taken for one inside', () => {
  const site = siteIn(join(ROOT, 'profiles/sites/home'));
  const facts = factsFor(site);
  const known = facts.routes.find(
    ({ type, family, hops }) => type === 'unicast' && family === 'ipv4' && hops[0]?.device === 'lan0',
  );
  if (known === undefined) throw new Error('no route by lan0');
  const foreign = parsePrefix('10.11.0.0/16');
  if (foreign === undefined) throw new Error('no prefix');
  const { source: _, ...route } = { ...known, destination: foreign, table: 52 };
  const beside = { ...facts, routes: [route, ...facts.routes] };
  for (const backend of BACKENDS) expect(inShort(site, planOf(site, beside, backend), beside)).toEqual([]);
});

it('a fault that the machine’s routes have without the plan is not told of the plan', () => {
  const site = usable(
    readFiles(
      files({
        site: 'steering: [{ name: rest, policy: balanced }]\n',
        fiber: 'families: ipv4\n',
        cable: 'families: ipv4\n',
      }),
    ),
  );
  const facts = factsFor(site);
  const destination = parsePrefix('::/0');
  if (destination === undefined) throw new Error('no prefix');
  const hops = ['wan0', 'wan1'].map((device, at) => ({
    device,
    gateway: `2001:db8:${at + 1}::1`,
    weight: 1,
  }));
  const shared = {
    family: 'ipv6',
    table: 254,
    type: 'unicast',
    destination,
    metric: 1024,
    protocol: 3,
    hops,
  } as const;
  const addresses = ['wan0', 'wan1'].map(
    (device, at) =>
      ({ device, family: 'ipv6', address: `2001:db8:${at + 1}::2`, length: 64, scope: 0 }) as const,
  );
  const beside = {
    ...facts,
    addresses: [...facts.addresses, ...addresses],
    routes: [...facts.routes, shared],
  };
  for (const backend of BACKENDS) {
    const plan = planOf(site, beside, backend);
    expect(inShort(site, plan, beside)).toEqual([]);
    const damaged = { ...plan, desired: notLedInside(plan.desired) };
    expect(new Set(lintPlan(site, damaged, beside).map(({ check }) => check))).toEqual(
      new Set(['replies-routed-by-mark']),
    );
  }
});

it.each([
  ['ipv4', '172.17.0.2', ['203.0.113.0/24', '198.51.100.0/24', '192.0.2.0/24', '198.18.0.0/24']],
  ['ipv6', '"[2001:db8:1::2]"', ['2001:db8::/32']],
] as const)(
  'the host outside that lint makes up for %s is in no network that another uplink leads to',
  (family, to, known) => {
    const both = 'families: both\nmasquerade: yes\n';
    const forward = `port_forwards: [{ protocol: tcp, port: 2222, to: ${to} }]\n`;
    const site = usable(readFiles(files({ fiber: both + forward, cable: both })));
    const facts = factsFor(site);
    const hops = [{ device: 'wan1', weight: 1 }];
    const routes = known
      .flatMap((text) => parsePrefix(text) ?? [])
      .map(
        (destination) =>
          ({ family, table: 254, type: 'unicast', destination, metric: 1, protocol: 2, hops }) as const,
      );
    const beside = { ...facts, routes: [...facts.routes, ...routes] };
    for (const backend of BACKENDS) expect(errorsOf(site, planOf(site, beside, backend), beside)).toEqual([]);
  },
);

it('nobody asks the router from outside by an address that is of the link alone', () => {
  const site = usable(
    readFiles(
      files({ fiber: 'families: both\ngateway: { ipv4: 192.0.2.1, ipv6: "fe80::1" }\nmasquerade: ipv4\n' }),
    ),
  );
  const facts = factsFor(site);
  const isHere = (family: Family, device: string | undefined) => family === 'ipv6' && device === 'wan0';
  const own = { device: 'wan0', family: 'ipv6', address: 'fe80::2', length: 64, scope: 253 } as const;
  const local = {
    family: 'ipv6',
    type: 'unicast',
    metric: 256,
    protocol: 2,
    hops: [{ device: 'wan0', weight: 1 }],
  } as const;
  const [network, host] = ['fe80::/64', 'fe80::2/128'].map((text) => parsePrefix(text));
  if (network === undefined || host === undefined) throw new Error('no prefix');
  const alone: KernelState = {
    ...facts,
    addresses: [...facts.addresses.filter(({ family, device }) => !isHere(family, device)), own],
    routes: [
      ...facts.routes.filter(({ family, hops }) => !isHere(family, hops[0]?.device)),
      { ...local, table: 254, destination: network },
      { ...local, table: 255, type: 'local', metric: 0, destination: host },
    ],
  };
  for (const backend of BACKENDS) expect(errorsOf(site, planOf(site, alone, backend), alone)).toEqual([]);
});
