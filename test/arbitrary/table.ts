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
import type { BaseChain, Chain, NamedSet, Rule, Table } from '../../src/kernel/netfilter.ts';
import type { MatchOperator, Statement } from '../../src/kernel/statement.ts';
import type { Prefix } from '../../src/net/prefix.ts';

/** Random tables over what a plan can use, each of which nft loads. Chains a rule may go to: */
const TARGETS = ['wan_a', 'wan_b', 'last'] as const;

const word = fc.oneof(
  fc.integer({ min: 0, max: 0xff }).map((n) => (n << 24) >>> 0),
  fc.nat(0xffffffff),
);
const mark = fc.constantFrom(CT_MARK, META_MARK);
const device = fc.constantFrom('wan0', 'wan1', 'lan0', 'br*');
const port = fc.integer({ min: 1, max: 65535 });
const equal = fc.constantFrom<MatchOperator>('==', '!=');
const goto = fc.constantFrom(...TARGETS).map((chain) => ({ kind: 'goto', chain }) as const);

const v4 = fc
  .tuple(fc.constantFrom('192.0.2', '198.51.100', '203.0.113'), fc.nat(255))
  .map(([net, host]) => `${net}.${host}`);
const v4Prefix = fc
  .tuple(fc.constantFrom('192.0.2', '198.51.100'), fc.nat(15))
  .map(([net, at]): Prefix => ({ family: 'ipv4', address: `${net}.${at * 16}`, length: 28 }));
const v6Prefix = fc.nat(0xff).map(
  (at): Prefix => ({
    family: 'ipv6',
    address: `2001:db8:${at.toString(16)}::`.replace(':0::', '::'),
    length: 48,
  }),
);

function match(left: Expression, right: Expression, operator: MatchOperator = '=='): Statement {
  return { kind: 'match', operator, left, right };
}

function prefix(value: Prefix): Expression {
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
type Condition = readonly Statement[];

/** Conditions any packet can be asked. */
const neutral: fc.Arbitrary<Condition> = fc.oneof(
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

const ipv4: fc.Arbitrary<Condition> = fc.oneof(
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

const ported = (protocol: string): fc.Arbitrary<Condition> =>
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
const outDevice: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .boolean()
    .map((value) => [match({ kind: 'fib', result: 'oif', flags: ['daddr'] }, { kind: 'boolean', value })]),
  device.map((name) => [
    match({ kind: 'fib', result: 'oifname', flags: ['daddr', 'iif'] }, string(name), '!='),
  ]),
);

/** Conditions in any order; of networks and transports only one each, for nft refuses a rule that contradicts itself. */
function conditions(...kinds: readonly fc.Arbitrary<Condition>[]): fc.Arbitrary<readonly Condition[]> {
  return fc.array(fc.oneof(...kinds), { maxLength: 4 });
}

const ofOneProtocol: fc.Arbitrary<readonly Condition[]> = fc.oneof(
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

/** `and A or B`, the way a plan writes a mark under its mask. */
const merged = fc
  .tuple(mark, word, word)
  .map(([of, keep, set]) => binary('|', binary('&', of, number(keep)), number(set)));

const effects: fc.Arbitrary<Statement> = fc.oneof(
  merged.map((value): Statement => ({ kind: 'set', target: binaryBase(value), value })),
  fc.tuple(mark, word).map(([target, value]): Statement => ({ kind: 'set', target, value: number(value) })),
  fc.constant<Statement>({ kind: 'counter', packets: 0, bytes: 0 }),
);

function binaryBase(expression: Expression): Expression {
  return expression.kind === 'binary' ? binaryBase(expression.left) : expression;
}

const endings: fc.Arbitrary<Statement> = fc.oneof(
  goto.map((verdict): Statement => ({ kind: 'verdict', verdict })),
  fc
    .constantFrom('accept', 'drop', 'return')
    .map((kind): Statement => ({ kind: 'verdict', verdict: { kind } })),
  fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 254 }), goto), {
      minLength: 1,
      maxLength: 5,
      selector: ([value]) => value,
    })
    .map(
      (slots): Statement => ({
        kind: 'vmap',
        key: binary('&', CT_MARK, number(0xff000000)),
        map: {
          kind: 'set',
          elements: slots.map(([value, verdict]) => ({
            key: number((value << 24) >>> 0),
            value: { kind: 'verdict', verdict },
          })),
        },
      }),
    ),
  goto.map(
    (verdict): Statement => ({
      kind: 'vmap',
      key: meta('iifname'),
      map: { kind: 'set', elements: [{ key: string('wan0'), value: { kind: 'verdict', verdict } }] },
    }),
  ),
  fc.constant<Statement>({
    kind: 'vmap',
    key: { kind: 'numgen', mode: 'inc', modulus: 4, offset: 0 },
    map: { kind: 'set-ref', name: 'slots4' },
  }),
  fc.constant<Statement>({ kind: 'reject' }),
);

const comment = fc.option(fc.stringMatching(/^[ a-z0-9(){}[\];:,.'\\/-]{1,100}$/), { nil: undefined });

function ruleOf(
  conditions: readonly (readonly Statement[])[],
  rest: readonly Statement[],
  text?: string,
): Rule {
  const statements = [...conditions.flat(), ...rest];
  return text === undefined ? { statements } : { statements, comment: text };
}

const UPDATE: Statement = {
  kind: 'set-update',
  operation: 'update',
  set: 'sticky4',
  element: payload('ip', 'saddr'),
};

const filterRule = (some: fc.Arbitrary<readonly Condition[]>) =>
  fc
    .tuple(some, fc.array(effects, { maxLength: 2 }), endings, comment)
    .map(([conditions, done, ending, text]) => ruleOf(conditions, [...done, ending], text))
    .filter(({ statements }) => !(statements.some(readsEthernet) && statements.some(isReject)));

/**
 * Together, nft 1.0.6 lists what it does not read again: `ether saddr 02:… reject with icmp port-unreachable` becomes a
 * question for the type in the Ethernet header. No plan has such a rule.
 */
function readsEthernet(statement: Statement): boolean {
  return (
    statement.kind === 'match' && statement.left.kind === 'payload' && statement.left.protocol === 'ether'
  );
}

function isReject({ kind }: Statement): boolean {
  return kind === 'reject';
}

const FORWARD: Statement = {
  kind: 'nat',
  type: 'dnat',
  family: 'ip',
  address: {
    kind: 'map',
    key: { kind: 'concat', parts: [meta('l4proto'), payload('th', 'dport')] },
    map: { kind: 'set-ref', name: 'forwards' },
  },
  flags: [],
};

const dstnatRule = fc
  .tuple(conditions(neutral, ipv4), comment)
  .map(([conditions, text]) =>
    ruleOf(
      conditions,
      [
        match(meta('nfproto'), string('ipv4')),
        match(meta('l4proto'), anonymousSet([string('tcp'), string('udp')])),
        FORWARD,
      ],
      text,
    ),
  );

const srcnat: fc.Arbitrary<readonly Statement[]> = fc.oneof(
  fc.constant<readonly Statement[]>([{ kind: 'nat', type: 'masquerade', flags: [] }]),
  fc.constant<readonly Statement[]>([{ kind: 'nat', type: 'masquerade', flags: ['random', 'persistent'] }]),
  v4.map((address): readonly Statement[] => [
    match(meta('nfproto'), string('ipv4')),
    { kind: 'nat', type: 'snat', family: 'ip', address: string(address), flags: [] },
  ]),
  fc.tuple(v6Prefix, v6Prefix).map(([inside, outside]): readonly Statement[] => [
    {
      kind: 'nat',
      type: 'snat',
      family: 'ip6',
      address: {
        kind: 'map',
        key: payload('ip6', 'saddr'),
        map: { kind: 'set', elements: [{ key: prefix(inside), value: prefix(outside) }] },
      },
      flags: [],
      prefix: true,
    },
  ]),
);

const srcnatRule = fc
  .tuple(conditions(neutral), srcnat, comment)
  .map(([conditions, rest, text]) => ruleOf(conditions, rest, text));

const notrackRule = fc
  .tuple(ofOneProtocol, comment)
  .map(([conditions, text]) => ruleOf(conditions, [{ kind: 'notrack' }], text));

const mssRule = conditions(neutral, ported('tcp')).map((some) =>
  ruleOf(some, [
    match(binary('&', payload('tcp', 'flags'), binary('|', string('syn'), string('rst'))), string('syn')),
    {
      kind: 'set',
      target: { kind: 'tcp-option', name: 'maxseg', field: 'size' },
      value: { kind: 'rt', key: 'mtu' },
    },
  ]),
);

function chain(name: string, rule: fc.Arbitrary<Rule>, base?: BaseChain): fc.Arbitrary<Chain> {
  return fc
    .array(rule, { maxLength: 5 })
    .map((rules) => (base === undefined ? { name, rules } : { name, base, rules }));
}

function base(type: BaseChain['type'], hook: BaseChain['hook'], priority: number): BaseChain {
  return { type, hook, priority, policy: 'accept' };
}

const markRule = fc
  .tuple(conditions(neutral, ipv4), fc.oneof(effects, fc.constant(UPDATE)), comment)
  .map(([some, effect, text]) => ruleOf(some, [effect], text));

const chains = fc.tuple(
  ...TARGETS.map((name) => chain(name, markRule)),
  chain(
    'prerouting',
    filterRule(fc.oneof(ofOneProtocol, conditions(neutral, ipv4, outDevice))),
    base('filter', 'prerouting', -150),
  ),
  chain('output', filterRule(ofOneProtocol), base('route', 'output', -150)),
  chain('forward', mssRule, base('filter', 'forward', -145)),
  chain('raw', notrackRule, base('filter', 'prerouting', -300)),
  chain('dstnat', dstnatRule, base('nat', 'prerouting', -100)),
  chain('srcnat', srcnatRule, base('nat', 'postrouting', 100)),
);

const sets: fc.Arbitrary<readonly NamedSet[]> = fc
  .record({
    slots: fc.array(goto, { minLength: 4, maxLength: 4 }),
    inside: fc.uniqueArray(v4Prefix, { maxLength: 6, selector: (one) => one.address }),
    forwards: fc.uniqueArray(fc.tuple(fc.constantFrom('tcp', 'udp'), port, v4, port), {
      maxLength: 6,
      selector: ([protocol, from]) => `${protocol} ${from}`,
    }),
    devices: fc.uniqueArray(device),
    clients: fc.uniqueArray(v4, { maxLength: 3 }),
  })
  .map(({ slots, inside, forwards, devices, clients }) => [
    {
      name: 'slots4',
      kind: 'map',
      key: ['integer'],
      value: ['verdict'],
      typeof: 'numgen inc mod 4',
      flags: [],
      elements: slots.map((verdict, at) => ({ key: number(at), value: { kind: 'verdict', verdict } })),
    },
    {
      name: 'inside4',
      kind: 'set',
      key: ['ipv4_addr'],
      flags: ['interval'],
      elements: inside.map((one) => ({ key: prefix(one) })),
    },
    {
      name: 'lan_devices',
      kind: 'set',
      key: ['ifname'],
      flags: ['interval'],
      elements: devices.map((one) => ({ key: string(one) })),
    },
    {
      name: 'forwards',
      kind: 'map',
      key: ['inet_proto', 'inet_service'],
      value: ['ipv4_addr', 'inet_service'],
      flags: [],
      elements: forwards.map(([protocol, from, to, toPort]) => ({
        key: { kind: 'concat', parts: [string(protocol), number(from)] },
        value: { kind: 'concat', parts: [string(to), number(toPort)] },
      })),
    },
    {
      name: 'sticky4',
      kind: 'set',
      key: ['ipv4_addr'],
      flags: ['dynamic', 'timeout'],
      timeoutMs: 600_000,
      size: 65535,
      elements: clients.map((one) => ({ key: string(one), expiresMs: 303_000 })),
    },
  ]);

export const tables: fc.Arbitrary<Table> = fc.tuple(chains, sets).map(([some, named]) => ({
  frontend: 'nft',
  family: 'inet',
  name: 'polywan',
  chains: some,
  sets: named,
}));
