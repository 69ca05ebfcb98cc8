import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policyRuleCommand, routeCommand } from '../../src/codec/ip-batch.ts';
import { readAddresses, readLinks, readPolicyRules, readRoutes } from '../../src/codec/ip-json.ts';
import type { PolicyRule, Route } from '../../src/kernel/routing.ts';
import { FAMILIES, type Family } from '../../src/net/family.ts';
import { policyRules, routes } from '../arbitrary/routing.ts';

const LINKS = [
  'ip link add wan0 type veth peer name wan0-isp',
  'ip link add lan0 type bridge',
  'ip link set lo up; ip link set wan0 up; ip link set wan0-isp up; ip link set lan0 up',
  'ip address add 192.0.2.2/24 dev wan0',
].join('; ');

/** Runs the batches in a namespace of its own, gone when the command ends; gives the JSON of `listing`. */
function listed(family: Family, batches: readonly string[], listing: string): unknown {
  const flag = family === 'ipv4' ? '-4' : '-6';
  const steps = batches.map((_, at) => `printf %s "$B${at}" | ip ${flag} -batch - &&`).join(' ');
  const text = execFileSync(
    'unshare',
    ['--net', 'sh', '-c', `${LINKS}; ${steps} ip -N -j ${flag} ${listing}`],
    {
      env: { ...process.env, ...Object.fromEntries(batches.map((batch, at) => [`B${at}`, batch])) },
      encoding: 'utf8',
      timeout: 30_000,
    },
  );
  return JSON.parse(text.trim() === '' ? '[]' : text);
}

function lines(commands: readonly string[]): string {
  return commands.map((command) => `${command}\n`).join('');
}

function foundRules(family: Family, ...batches: readonly string[]): readonly PolicyRule[] {
  const rules = readPolicyRules(family, listed(family, batches, 'rule'));
  return rules.filter((rule) => rule.priority >= 10000 && rule.priority <= 14000);
}

function foundRoutes(family: Family, ...batches: readonly string[]): readonly Route[] {
  const found = readRoutes(family, listed(family, batches, 'route show table all'));
  return sorted(found.filter((route) => route.table >= 1000));
}

function sorted(some: readonly Route[]): readonly Route[] {
  // A bridge without ports has no carrier; the routes over it say so.
  const bare = some.map((route) => ({ ...route, hops: route.hops.map(({ flags: _, ...hop }) => hop) }));
  const key = (route: Route) => `${route.table} ${route.destination.address} ${route.metric}`;
  return bare.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

describe.each(FAMILIES)('%s', (family) => {
  test('every policy rule is listed as it was added', () => {
    fc.assert(
      fc.property(policyRules(family), (rules) => {
        expect(foundRules(family, lines(rules.map((rule) => policyRuleCommand('add', rule))))).toEqual(rules);
      }),
      { numRuns: 25 },
    );
  });

  test('deleting a policy rule takes that rule and no other', () => {
    fc.assert(
      fc.property(policyRules(family), fc.nat(), (rules, at) => {
        // The same priority for all; the table tells them apart, for the kernel takes a left out word as "any".
        const crowd = rules.map((rule, at): PolicyRule => {
          return { ...rule, priority: 12000, action: { kind: 'lookup', table: 20000 + at } };
        });
        const texts = crowd.map((rule) => policyRuleCommand('add', rule));
        const victim = crowd[at % crowd.length];
        if (victim === undefined) throw new Error('no rule');
        const found = foundRules(family, lines(texts), lines([policyRuleCommand('del', victim)]));
        expect(found).toEqual(crowd.filter((rule) => rule !== victim));
      }),
      { numRuns: 25 },
    );
  });

  test('every route is listed as it was added', () => {
    fc.assert(
      fc.property(routes(family), (some) => {
        expect(foundRoutes(family, lines(some.map((route) => routeCommand('add', route))))).toEqual(
          sorted(some),
        );
      }),
      { numRuns: 25 },
    );
  });

  test('asked for the routes of one protocol, the kernel lists just those', () => {
    fc.assert(
      fc.property(routes(family), (some) => {
        const adds = lines(some.map((route) => routeCommand('add', route)));
        const found = readRoutes(family, listed(family, [adds], 'route show table all protocol 87'), 87);
        expect(sorted(found)).toEqual(sorted(some.filter(({ protocol }) => protocol === 87)));
      }),
      { numRuns: 25 },
    );
  });

  test('deleting a route takes that route and no other', () => {
    fc.assert(
      fc.property(routes(family), fc.nat(), (some, at) => {
        const victim = some[at % some.length];
        if (victim === undefined) throw new Error('no route');
        const adds = lines(some.map((route) => routeCommand('replace', route)));
        expect(foundRoutes(family, adds, lines([routeCommand('del', victim)]))).toEqual(
          sorted(some.filter((route) => route !== victim)),
        );
      }),
      { numRuns: 25 },
    );
  });
});

test('links and addresses of a router are read with their carrier, kind, master, peer and scope', () => {
  const more = 'address add 198.51.100.1 peer 198.51.100.2/32 dev wan0\nlink set wan0-isp master lan0\n';
  const links = readLinks(listed('ipv4', [more], '-d link'));
  expect(links.map(({ name, kind, master, up }) => ({ name, kind, master, up }))).toEqual(
    expect.arrayContaining([
      { name: 'wan0', kind: 'veth', master: undefined, up: true },
      { name: 'wan0-isp', kind: 'veth', master: 'lan0', up: true },
      { name: 'lan0', kind: 'bridge', master: undefined, up: true },
    ]),
  );
  expect(readAddresses(listed('ipv4', [more], 'address'))).toEqual([
    { device: 'lo', family: 'ipv4', address: '127.0.0.1', length: 8, scope: 254 },
    { device: 'wan0', family: 'ipv4', address: '192.0.2.2', length: 24, scope: 0 },
    { device: 'wan0', family: 'ipv4', address: '198.51.100.1', length: 32, peer: '198.51.100.2', scope: 0 },
  ]);
});
