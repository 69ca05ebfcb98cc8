import fc from 'fast-check';
import {
  anonymousSet,
  binary,
  CT_MARK,
  type Expression,
  META_MARK,
  meta,
  number,
  payload,
  string,
} from '../../src/kernel/expression.ts';
import type { MatchOperator, Statement } from '../../src/kernel/statement.ts';
import type { Prefix } from '../../src/net/prefix.ts';

export const word = fc.oneof(
  fc.integer({ min: 0, max: 0xff }).map((n) => (n << 24) >>> 0),
  fc.nat(0xffffffff),
);
export const mark = fc.constantFrom(CT_MARK, META_MARK);
export const device = fc.constantFrom('wan0', 'wan1', 'lan0', 'br*');
export const port = fc.integer({ min: 1, max: 65535 });
const equal = fc.constantFrom<MatchOperator>('==', '!=');

export const v4 = fc
  .tuple(fc.constantFrom('192.0.2', '198.51.100', '203.0.113'), fc.nat(255))
  .map(([net, host]) => `${net}.${host}`);
export const v4Prefix = fc
  .tuple(fc.constantFrom('192.0.2', '198.51.100'), fc.nat(15))
  .map(([net, at]): Prefix => ({ family: 'ipv4', address: `${net}.${at * 16}`, length: 28 }));
export const v6Prefix = fc.nat(0xff).map(
  (at): Prefix => ({
    family: 'ipv6',
    address: `2001:db8:${at.toString(16)}::`.replace(':0::', '::'),
    length: 48,
  }),
);

export function match(left: Expression, right: Expression, operator: MatchOperator = '=='): Statement {
  return { kind: 'match', operator, left, right };
}

export function prefix(value: Prefix): Expression {
  return { kind: 'prefix', prefix: value };
}

const ports = fc.oneof(
  port.map(number),
  fc
    .tuple(port, port)
    .filter(([a, b]) => a !== b)
    .map(
      ([a, b]): Expression => ({ kind: 'range', from: number(Math.min(a, b)), to: number(Math.max(a, b)) }),
    ),
  fc.uniqueArray(port, { minLength: 1, maxLength: 4 }).map((some) => anonymousSet(some.map(number))),
);

const addresses = fc.oneof(
  v4.map(string),
  v4Prefix.map(prefix),
  fc
    .uniqueArray(v4Prefix, { minLength: 1, maxLength: 4, selector: (one) => one.address })
    .map((some) => anonymousSet(some.map(prefix))),
  fc.constant<Expression>({ kind: 'set-ref', name: 'inside4' }),
);

/** One or more statements that stand together. */
export type Condition = readonly Statement[];

/** Conditions any packet can be asked. */
export const neutral: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(equal, device).map(([op, name]) => [match(meta('iifname'), string(name), op)]),
  fc
    .uniqueArray(fc.constantFrom('wan0', 'wan1', 'lan0'), { minLength: 1 })
    .map((names) => [match(meta('oifname'), anonymousSet(names.map(string)))]),
  fc
    .tuple(mark, word, word, equal)
    .map(([of, mask, value, op]) => [match(binary('&', of, number(mask)), number((value & mask) >>> 0), op)]),
  fc.tuple(mark, word, equal).map(([of, value, op]) => [match(of, number(value), op)]),
  fc
    .tuple(equal, fc.constantFrom('new', 'established', 'related', 'invalid', 'untracked'))
    .map(([op, state]) => [match({ kind: 'ct', key: 'state' }, string(state), op)]),
  fc.constant([match({ kind: 'ct', key: 'state' }, anonymousSet([string('new'), string('related')]))]),
  fc
    .uniqueArray(fc.constantFrom('local', 'broadcast', 'multicast', 'anycast'), { minLength: 1 })
    .map((types) => [
      match({ kind: 'fib', result: 'type', flags: ['daddr'] }, anonymousSet(types.map(string))),
    ]),
  fc.constant([match(payload('ether', 'saddr'), string('02:00:00:00:00:01'))]),
  fc.nat(5000).map((uid) => [match(meta('skuid'), number(uid))]),
);

export const ipv4: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .tuple(equal, fc.constantFrom('saddr', 'daddr'), addresses)
    .map(([op, field, right]) => [match(payload('ip', field), right, op)]),
  fc.nat(63).map((dscp) => [match(payload('ip', 'dscp'), number(dscp))]),
  fc.constant([match(meta('nfproto'), string('ipv4'))]),
);

const ipv6: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(equal, v6Prefix).map(([op, right]) => [match(payload('ip6', 'saddr'), prefix(right), op)]),
  fc.nat(63).map((dscp) => [match(payload('ip6', 'dscp'), number(dscp), '!=')]),
  fc.constant([match(meta('nfproto'), string('ipv6'))]),
);

export const ported = (protocol: string): fc.Arbitrary<Condition> =>
  fc.oneof(
    fc
      .tuple(equal, fc.constantFrom('sport', 'dport'), ports)
      .map(([op, field, right]) => [match(payload(protocol, field), right, op)]),
    ports.map((right) => [
      match(meta('l4proto'), string(protocol)),
      match(payload(protocol, 'dport'), right),
    ]),
  );

const flags: fc.Arbitrary<Condition> = fc
  .constantFrom<Expression>(string('syn'), number(2))
  .map((right) => [
    match(binary('&', payload('tcp', 'flags'), binary('|', string('syn'), string('rst'))), right),
  ]);

const anyPort: fc.Arbitrary<Condition> = ports.map((right) => [
  match(meta('l4proto'), anonymousSet([string('tcp'), string('udp')])),
  match(payload('th', 'dport'), right),
]);

const icmp: fc.Arbitrary<Condition> = fc
  .constantFrom('echo-request', 'echo-reply')
  .map((type) => [match(payload('icmp', 'type'), string(type))]);

const icmpv6: fc.Arbitrary<Condition> = fc.constant([
  match(payload('icmpv6', 'type'), anonymousSet([string('nd-router-solicit'), string('nd-neighbor-advert')])),
]);

/** Where a packet would leave is known to nft only before routing. */
export const outDevice: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .boolean()
    .map((value) => [match({ kind: 'fib', result: 'oif', flags: ['daddr'] }, { kind: 'boolean', value })]),
  device.map((name) => [
    match({ kind: 'fib', result: 'oifname', flags: ['daddr', 'iif'] }, string(name), '!='),
  ]),
);

/** Conditions in any order; of networks and transports only one each, for nft refuses a rule that contradicts itself. */
export function conditions(...kinds: readonly fc.Arbitrary<Condition>[]): fc.Arbitrary<readonly Condition[]> {
  return fc.array(fc.oneof(...kinds), { maxLength: 4 });
}

export const ofOneProtocol: fc.Arbitrary<readonly Condition[]> = fc.oneof(
  ...[ipv4, ipv6, neutral].flatMap((network) => [
    conditions(neutral, network, ported('tcp'), flags),
    conditions(neutral, network, ported('udp')),
    fc
      .tuple(conditions(neutral, network), anyPort, conditions(neutral, network))
      .map(([before, ports, after]) => [...before, ports, ...after]),
  ]),
  conditions(neutral, ipv4, icmp),
  conditions(neutral, ipv6, icmpv6),
);
