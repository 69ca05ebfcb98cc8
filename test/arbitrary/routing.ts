import fc from 'fast-check';
import type { NextHop, PolicyRule, Route, RuleAction, RuleSelector } from '../../src/kernel/routing.ts';
import type { Family } from '../../src/net/family.ts';
import type { Prefix } from '../../src/net/prefix.ts';

/** Objects with the members that are undefined left out. */
function present<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const word = fc.nat(0xffffffff);
const table = fc.integer({ min: 256, max: 0xfffffffe });

function prefix(family: Family): fc.Arbitrary<Prefix> {
  if (family === 'ipv4')
    return fc.oneof(
      fc.nat(15).map((at) => ({ family, address: `198.51.100.${at * 16}`, length: 28 })),
      fc.integer({ min: 1, max: 254 }).map((host) => ({ family, address: `203.0.113.${host}`, length: 32 })),
    );
  return fc.oneof(
    fc
      .integer({ min: 0xa0, max: 0xff })
      .map((at) => ({ family, address: `2001:db8:${at.toString(16)}::`, length: 48 })),
    fc.integer({ min: 1, max: 9 }).map((host) => ({ family, address: `2001:db8:1::${host}`, length: 128 })),
  );
}

const ports = fc
  .tuple(fc.integer({ min: 1, max: 30000 }), fc.nat(30000))
  .map(([from, more]) => (more === 0 ? `${from}` : `${from}-${from + more}`));

function selector(family: Family): fc.Arbitrary<RuleSelector> {
  const members: { [K in keyof RuleSelector]: fc.Arbitrary<RuleSelector[K] | undefined> } = {
    not: fc.constantFrom(undefined, undefined, true as const),
    from: maybe(prefix(family)),
    to: maybe(prefix(family)),
    fwmark: maybe(fc.record({ value: word, mask: word.filter((mask) => mask !== 0) })),
    iif: fc.constantFrom(undefined, 'wan0', 'gone0'),
    oif: fc.constantFrom(undefined, 'lan0'),
    tos: fc.constantFrom(undefined, 0x10, 0x08),
    ipProtocol: fc.constantFrom(undefined, 'tcp', 'udp', 'icmp', 'gre'),
    sourcePort: maybe(ports),
    destinationPort: maybe(ports),
    uidRange: fc.constantFrom(undefined, '0-0', '1000-2000'),
  };
  return fc.record(members).map((some) => present(some) as RuleSelector);
}

const action: fc.Arbitrary<RuleAction> = fc.oneof(
  fc
    .record({
      table,
      suppressPrefixLength: maybe(fc.nat(32)),
      suppressGroup: fc.constantFrom(undefined, '3'),
    })
    .map((some) => present({ kind: 'lookup', ...some }) as RuleAction),
  fc.integer({ min: 25000, max: 30000 }).map((priority): RuleAction => ({ kind: 'goto', priority })),
  fc.constantFrom('unreachable', 'blackhole', 'prohibit', 'nop').map((kind): RuleAction => ({ kind })),
);

/** Policy rules with a priority each, in the order of their priorities. */
export function policyRules(family: Family): fc.Arbitrary<readonly PolicyRule[]> {
  const rule = fc.record({
    family: fc.constant(family),
    priority: fc.integer({ min: 10000, max: 14000 }),
    selector: selector(family),
    action,
    protocol: fc.constantFrom(87, 0, 250),
  });
  return fc
    .uniqueArray(rule, { minLength: 1, maxLength: 12, selector: (one) => one.priority })
    .map((rules) => rules.sort((a, b) => a.priority - b.priority));
}

/** The router of the kernel test has these; `onlink` spares the look-up of the gateway. */
export const DEVICES = ['wan0', 'lan0'] as const;

function hop(family: Family): fc.Arbitrary<NextHop> {
  const gateway = family === 'ipv4' ? '192.0.2.1' : 'fe80::1';
  const onlink = fc.record({
    gateway: fc.constant(gateway),
    device: fc.constantFrom(...DEVICES),
    onlink: fc.constant(true),
  });
  return fc.oneof(onlink, fc.record({ device: fc.constantFrom(...DEVICES) }));
}

function hops(family: Family): fc.Arbitrary<Pick<Route, 'type' | 'hops' | 'scope'>> {
  const gateway = family === 'ipv4' ? '192.0.2.1' : 'fe80::1';
  const several: readonly NextHop[] = DEVICES.map((device, at) => ({
    gateway,
    device,
    weight: at + 2,
    onlink: true,
  }));
  return fc.oneof(
    hop(family).map((one) => {
      const direct = one.gateway === undefined && family === 'ipv4';
      return { type: 'unicast' as const, hops: [one], ...(direct ? { scope: 253 } : {}) };
    }),
    fc.constant({ type: 'unicast' as const, hops: several }),
    fc
      .constantFrom('unreachable', 'blackhole', 'prohibit', 'throw')
      .map((type) => ({ type, hops: [] }) as const),
  );
}

/** Routes in polywan's own kind of table, none of which the kernel would take for another. */
export function routes(family: Family): fc.Arbitrary<readonly Route[]> {
  const any: Prefix = { family, address: family === 'ipv4' ? '0.0.0.0' : '::', length: 0 };
  const route = fc
    .record({
      table: fc.integer({ min: 1000, max: 1010 }),
      destination: fc.oneof(fc.constant(any), prefix(family)),
      metric: fc.integer({ min: 1, max: 0xfffffffe }),
      protocol: fc.constantFrom(87, 3, 250),
      way: hops(family),
    })
    .map(({ way, ...rest }): Route => ({ family, ...rest, ...way }));
  return fc.uniqueArray(route, {
    minLength: 1,
    maxLength: 10,
    selector: ({ table: number, destination, metric }) => `${number} ${destination.address} ${metric}`,
  });
}
