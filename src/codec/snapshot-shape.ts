import { asObject } from './json-value.ts';

/** What a member must be: a JSON type, `?` behind it where it may be left out, a shape, or a list of one. */
type Field = 'string' | 'number' | 'boolean' | 'string?' | 'number?' | 'boolean?' | Check;
type Check = (json: unknown) => string | undefined;

/** Where and why a document is no KernelState; undefined when it is one. Unknown members are left alone. */
export function checkState(json: unknown): string | undefined {
  return STATE(json);
}

function shape(fields: Readonly<Record<string, Field>>): Check {
  const names = Object.keys(fields);
  return (json) => {
    const object = asObject(json);
    if (object === undefined) return ' is no object';
    for (const name of names) {
      const field = fields[name];
      const wrong = field === undefined ? undefined : checkField(object[name], field);
      if (wrong !== undefined) return `.${name}${wrong}`;
    }
    return undefined;
  };
}

function checkField(value: unknown, field: Field): string | undefined {
  if (typeof field === 'function') return field(value);
  const optional = field.endsWith('?');
  if (value === undefined) return optional ? undefined : ' is missing';
  const type = optional ? field.slice(0, -1) : field;
  return typeof value === type ? undefined : ` is no ${type}`;
}

function list(check: Check | 'string'): Check {
  return (json) => {
    if (!Array.isArray(json)) return ' is no list';
    for (const [at, item] of json.entries()) {
      const wrong = checkField(item, check);
      if (wrong !== undefined) return `[${at}]${wrong}`;
    }
    return undefined;
  };
}

function optional(check: Check): Check {
  return (json) => (json === undefined ? undefined : check(json));
}

function oneOf(...values: readonly string[]): Check {
  return (json) => (values.includes(String(json)) ? undefined : ` is none of ${values.join(', ')}`);
}

/** A union: the member `kind` tells which shape the rest has. */
function kinds(shapes: Readonly<Record<string, Readonly<Record<string, Field>>>>): Check {
  const checks = new Map(Object.entries(shapes).map(([kind, fields]) => [kind, shape(fields)]));
  return (json) => {
    const kind = asObject(json)?.kind;
    const check = checks.get(String(kind));
    return check === undefined ? ` is of a kind that is not known: ${JSON.stringify(kind)}` : check(json);
  };
}

const FAMILY = oneOf('ipv4', 'ipv6');
const PREFIX = shape({ family: FAMILY, address: 'string', length: 'number' });
const expression: Check = (json) => EXPRESSION(json);
const maybeExpression = optional(expression);

const VERDICT = kinds({
  accept: {},
  drop: {},
  return: {},
  continue: {},
  jump: { chain: 'string' },
  goto: { chain: 'string' },
  queue: { text: 'string' },
});

const ELEMENT = shape({
  key: expression,
  value: maybeExpression,
  timeoutMs: 'number?',
  expiresMs: 'number?',
  comment: 'string?',
});

const EXPRESSION = kinds({
  number: { value: 'number' },
  string: { value: 'string' },
  boolean: { value: 'boolean' },
  prefix: { prefix: PREFIX },
  range: { from: expression, to: expression },
  set: { elements: list(ELEMENT) },
  'set-ref': { name: 'string', ipset: 'boolean?' },
  concat: { parts: list(expression) },
  verdict: { verdict: VERDICT },
  meta: { key: 'string' },
  ct: { key: 'string', direction: 'string?' },
  payload: { protocol: 'string', field: 'string' },
  either: { parts: list(expression) },
  'tcp-option': { name: 'string', field: 'string?' },
  fib: { result: oneOf('oif', 'oifname', 'type'), flags: list('string') },
  rt: { key: 'string' },
  socket: { key: 'string' },
  binary: { operator: oneOf('&', '|', '^', '<<', '>>'), left: expression, right: expression },
  map: { key: expression, map: expression },
  numgen: { mode: oneOf('inc', 'random'), modulus: 'number', offset: 'number' },
  hash: {
    algorithm: oneOf('jhash', 'symhash'),
    of: maybeExpression,
    modulus: 'number',
    seed: 'number?',
    offset: 'number',
  },
  unknown: { text: 'string' },
});

const TEXT = { name: 'string', text: 'string' } as const;

const STATEMENT = kinds({
  match: {
    operator: oneOf('==', '!=', '<', '>', '<=', '>='),
    left: expression,
    right: expression,
    orNoConnection: 'boolean?',
  },
  set: { target: expression, value: expression },
  verdict: { verdict: VERDICT },
  vmap: { key: expression, map: expression },
  nat: {
    type: oneOf('snat', 'dnat', 'masquerade', 'redirect'),
    family: optional(oneOf('ip', 'ip6')),
    address: maybeExpression,
    port: maybeExpression,
    flags: list('string'),
    prefix: 'boolean?',
  },
  reject: { with: 'string?' },
  notrack: {},
  counter: { packets: 'number', bytes: 'number' },
  tproxy: { text: 'string', setsMark: maybeExpression },
  'set-update': {
    operation: oneOf('add', 'update', 'delete'),
    set: 'string',
    element: expression,
    value: maybeExpression,
  },
  inert: TEXT,
  'unknown-match': TEXT,
  'unknown-target': TEXT,
});

const HOOKS = ['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting', 'egress'];

const CHAIN = shape({
  name: 'string',
  base: optional(
    shape({
      type: oneOf('filter', 'nat', 'route'),
      hook: oneOf(...HOOKS),
      priority: 'number',
      policy: oneOf('accept', 'drop'),
    }),
  ),
  rules: list(shape({ statements: list(STATEMENT), comment: 'string?' })),
});

const SET = shape({
  name: 'string',
  kind: oneOf('set', 'map'),
  key: list('string'),
  value: optional(list('string')),
  flags: list('string'),
  elements: list(ELEMENT),
});

const TABLE = shape({
  frontend: oneOf('nft', 'iptables-nft', 'iptables-legacy'),
  family: oneOf('ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'),
  name: 'string',
  chains: list(CHAIN),
  sets: list(SET),
  dormant: 'boolean?',
});

const RULE_ACTION = kinds({
  lookup: {
    table: 'number',
    suppressPrefixLength: 'number?',
    suppressGroup: 'string?',
    realms: 'string?',
  },
  goto: { priority: 'number' },
  unreachable: {},
  blackhole: {},
  prohibit: {},
  nop: {},
});

const SELECTOR = shape({
  not: 'boolean?',
  from: optional(PREFIX),
  to: optional(PREFIX),
  fwmark: optional(shape({ value: 'number', mask: 'number' })),
  iif: 'string?',
  oif: 'string?',
  tos: 'number?',
  ipProtocol: 'string?',
  sourcePort: 'string?',
  destinationPort: 'string?',
  uidRange: 'string?',
  unknown: 'string?',
});

const ROUTE_TYPES = 'unicast local broadcast anycast multicast unreachable blackhole prohibit throw'.split(
  ' ',
);

const STATE = shape({
  links: list(shape({ index: 'number', name: 'string', up: 'boolean', carrier: 'boolean', mtu: 'number' })),
  addresses: list(
    shape({ device: 'string', family: FAMILY, address: 'string', length: 'number', scope: 'number' }),
  ),
  policyRules: list(
    shape({
      family: FAMILY,
      priority: 'number',
      selector: SELECTOR,
      action: RULE_ACTION,
      protocol: 'number',
    }),
  ),
  routes: list(
    shape({
      family: FAMILY,
      table: 'number',
      type: oneOf(...ROUTE_TYPES),
      destination: PREFIX,
      metric: 'number',
      protocol: 'number',
      hops: list(shape({ gateway: 'string?', device: 'string?', weight: 'number?' })),
    }),
  ),
  tables: list(TABLE),
  ipsets: list(shape({ name: 'string', type: 'string', options: 'string', elements: list('string') })),
  sysctls: list(shape({ key: 'string', value: 'string' })),
  files: list(shape({ path: 'string', text: 'string' })),
  conntrack: optional(shape({ count: 'number', max: 'number' })),
});
