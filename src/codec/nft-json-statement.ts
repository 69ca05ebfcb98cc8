import type { Expression } from '../kernel/expression.ts';
import type { Nat, Statement } from '../kernel/statement.ts';
import { asList, asNumber, asObject, asString, asStrings, defined, type JsonObject } from './json-value.ts';
import { readExpression, readVerdict, secondsToMs } from './nft-json-expression.ts';
import { readMatch } from './nft-json-match.ts';
import { readOperation, readUpdateText } from './nft-update-text.ts';

/** Reads one statement of `nft -j`, which may be several of ours; what is not known is kept with its JSON text. */
export function readStatement(json: unknown): readonly Statement[] {
  const object = asObject(json);
  const [name] = Object.keys(object ?? {});
  if (object === undefined || name === undefined) return [readText(json)];
  const verdict = readVerdict(object);
  if (verdict !== undefined) return [{ kind: 'verdict', verdict }];
  if (name === 'set' || name === 'map') return readSetUpdate(object, name);
  return [readNamed(name, object[name]) ?? unmodelled(name, object)];
}

/**
 * nft 1.0.6 has no JSON for a few statements and puts their text: of those, only an update of a map is known, which
 * neither ends a chain nor touches mark or route of this packet.
 */
function readText(json: unknown): Statement {
  const text = typeof json === 'string' ? json : (JSON.stringify(json) ?? 'null');
  const update = readUpdateText(text);
  if (update !== undefined) return update;
  const name = /^(?:add|update|delete) @/.test(text) ? 'set' : 'text';
  return { kind: name === 'set' ? 'inert' : 'unknown-target', name, text };
}

/** Undefined: the name, or what stands in it, is not known. */
function readNamed(name: string, json: unknown): Statement | undefined {
  const object = asObject(json) ?? {};
  switch (name) {
    case 'match':
      return readMatch(object);
    case 'mangle':
      return { kind: 'set', target: readExpression(object.key), value: readExpression(object.value) };
    case 'vmap':
      return { kind: 'vmap', key: readExpression(object.key), map: readExpression(object.data) };
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return readNat(name, object);
    case 'reject':
      return readReject(object);
    case 'notrack':
      return { kind: 'notrack' };
    case 'counter':
      return readCounter(json);
    case 'tproxy':
      return { kind: 'tproxy', text: tproxyText(object) };
    case 'log':
      return { kind: 'inert', name: 'log', text: logText(object) };
    default:
      return undefined;
  }
}

/** Neither ends the rule nor touches mark, connmark, route or NAT of this packet. */
const INERT: ReadonlySet<string> = new Set([
  'counter',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'dup',
  'flow',
  'last',
  'secmark',
]);

/** Lets the rest of the rule see only some packets, by what cannot be known from the packet. */
const MATCHES: ReadonlySet<string> = new Set(['match', 'limit', 'quota', 'ct count', 'meter', 'xt match']);

function unmodelled(name: string, object: JsonObject): Statement {
  const type = name === 'xt' ? asString(asObject(object.xt)?.type) : undefined;
  const full = type === undefined ? name : `${name} ${type}`;
  const text = JSON.stringify(object);
  if (INERT.has(full)) return { kind: 'inert', name, text };
  return { kind: MATCHES.has(full) ? 'unknown-match' : 'unknown-target', name, text };
}

/** A named counter counts elsewhere and is kept as inert. */
function readCounter(json: unknown): Statement | undefined {
  if (typeof json === 'string') return undefined;
  const object = asObject(json) ?? {};
  return { kind: 'counter', packets: asNumber(object.packets) ?? 0, bytes: asNumber(object.bytes) ?? 0 };
}

/** `"flags":"netmap"` with `"type_flags":"prefix"` is what `prefix to` is listed as. */
function readNat(type: Nat['type'], object: JsonObject): Nat {
  const prefix = asStrings(object.type_flags).includes('prefix');
  const { family } = object;
  return defined({
    kind: 'nat' as const,
    type,
    family: family === 'ip' || family === 'ip6' ? family : undefined,
    address: object.addr === undefined ? undefined : readExpression(object.addr),
    port: object.port === undefined ? undefined : readExpression(object.port),
    flags: asStrings(object.flags).filter((flag) => flag !== 'netmap'),
    prefix: prefix ? true : undefined,
  });
}

function readReject(object: JsonObject): Statement {
  const words = asStrings([object.type, object.expr]);
  return words.length === 0 ? { kind: 'reject' } : { kind: 'reject', with: words.join(' ') };
}

function tproxyText(object: JsonObject): string {
  const address = asString(object.addr) ?? '';
  const port = object.port === undefined ? '' : `:${asNumber(object.port) ?? JSON.stringify(object.port)}`;
  const target = address.includes(':') ? `[${address}]` : address;
  return ['tproxy', ...asStrings(object.family), 'to', `${target}${port}`].join(' ');
}

function logText(object: JsonObject): string {
  const words = Object.entries(object).map(([key, value]) => {
    if (key === 'prefix') return `prefix "${String(value)}"`;
    return `${key} ${asList(value).join(',')}`;
  });
  return ['log', ...words].join(' ');
}

/** A statement inside an update (`update @s { ip saddr limit rate … }`) decides whether the rule goes on. */
function readSetUpdate(object: JsonObject, name: 'set' | 'map'): readonly Statement[] {
  const body = asObject(object[name]) ?? {};
  const operation = readOperation(body.op);
  const set = asString(body[name])?.replace(/^@/, '');
  if (operation === undefined || set === undefined) return [unmodelled(name, object)];
  const elem = asObject(asObject(body.elem)?.elem);
  const value: Expression | undefined = body.data === undefined ? undefined : readExpression(body.data);
  const update: Statement = defined({
    kind: 'set-update' as const,
    operation,
    set,
    element: readExpression(elem?.val ?? body.elem),
    value,
    timeoutMs: secondsToMs(elem?.timeout),
  });
  return [update, ...asList(body.stmt).flatMap(readStatement)];
}
