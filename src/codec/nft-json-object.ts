import type { BaseChain, Chain, Hook, NamedSet } from '../kernel/netfilter.ts';
import { asNumber, asObject, asString, asStrings, defined, type JsonObject } from './json-value.ts';
import { writeExpression } from './nft-expression.ts';
import { readElements, readExpression, secondsToMs } from './nft-json-expression.ts';

const HOOKS: readonly Hook[] = [
  'ingress',
  'prerouting',
  'input',
  'forward',
  'output',
  'postrouting',
  'egress',
];

/** A chain without its rules; undefined when it has no name, or a hook or type that is not known. */
export function readChain(body: JsonObject): Chain | undefined {
  const name = asString(body.name);
  if (name === undefined) return undefined;
  if (body.hook === undefined) return { name, rules: [] };
  const base = readBase(body);
  return base && { name, base, rules: [] };
}

function readBase(body: JsonObject): BaseChain | undefined {
  const hook = HOOKS.find((one) => one === body.hook);
  const { type } = body;
  if (hook === undefined || (type !== 'filter' && type !== 'nat' && type !== 'route')) return undefined;
  const devices = asStrings(body.dev);
  return defined({
    type,
    hook,
    priority: asNumber(body.prio) ?? 0,
    policy: body.policy === 'drop' ? ('drop' as const) : ('accept' as const),
    devices: devices.length > 0 ? devices : undefined,
  });
}

export function readSet(kind: 'set' | 'map', body: JsonObject): NamedSet {
  const key = readType(body.type);
  return defined({
    name: asString(body.name) ?? '',
    kind,
    key: key.types,
    value: kind === 'map' ? readType(body.map).types : undefined,
    typeof: key.typeof,
    flags: asStrings(body.flags),
    timeoutMs: secondsToMs(body.timeout),
    size: asNumber(body.size),
    elements: readElements(body.elem),
  });
}

/** `"mark"`, `["ipv4_addr", "inet_service"]`, `"ipv4_addr . inet_service"`; newer versions `{"typeof": …}`. */
function readType(json: unknown): { readonly types: readonly string[]; readonly typeof?: string } {
  const declared = asObject(json)?.typeof;
  if (declared === undefined) return { types: asStrings(json).flatMap((type) => type.split(' . ')) };
  const expression = readExpression(declared);
  if (expression.kind === 'unknown') return { types: [expression.text] };
  return { types: ['integer'], typeof: writeExpression(expression) };
}
