import fc from 'fast-check';
import {
  anonymousSet,
  binary,
  CT_MARK,
  type Expression,
  meta,
  number,
  payload,
  string,
} from '../../src/kernel/expression.ts';
import type { BaseChain, Chain, Rule, Table } from '../../src/kernel/netfilter.ts';
import type { Statement } from '../../src/kernel/statement.ts';
import {
  type Condition,
  conditions,
  ipv4,
  mark,
  match,
  neutral,
  ofOneProtocol,
  outDevice,
  ported,
  prefix,
  v4,
  v6Prefix,
  word,
} from './conditions.ts';
import { goto, sets, TARGETS } from './named-sets.ts';

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

/** Random tables over what a plan can use, each of which nft loads. */
export const tables: fc.Arbitrary<Table> = fc.tuple(chains, sets).map(([some, named]) => ({
  frontend: 'nft',
  family: 'inet',
  name: 'polywan',
  chains: some,
  sets: named,
}));
