import { type BinaryOperator, type Expression, number, type SetElement } from '../kernel/expression.ts';
import type { Verdict } from '../kernel/verdict.ts';
import { parseAddress } from '../net/prefix.ts';
import { asList, asNumber, asObject, asString, asStrings, defined, type JsonObject } from './json-value.ts';

type Binary = Extract<Expression, { kind: 'binary' }>;

/** Reads one expression of `nft -j`; what is not known is kept with its JSON text. */
export function readExpression(json: unknown): Expression {
  if (typeof json === 'number') return { kind: 'number', value: json };
  if (typeof json === 'boolean') return { kind: 'boolean', value: json };
  if (typeof json === 'string')
    return json.startsWith('@') ? { kind: 'set-ref', name: json.slice(1) } : { kind: 'string', value: json };
  if (Array.isArray(json)) return readFlags(json);
  const object = asObject(json);
  const [name] = Object.keys(object ?? {});
  if (object === undefined || name === undefined) return unknown(json);
  return readVerdictExpression(object) ?? readNamed(name, object[name]) ?? unknown(json);
}

function unknown(json: unknown): Expression {
  return { kind: 'unknown', text: JSON.stringify(json) ?? 'null' };
}

/** A bare list is the OR of its flags. */
function readFlags(flags: readonly unknown[]): Expression {
  const [first, ...others] = flags.map(readExpression);
  if (first === undefined) return unknown(flags);
  return others.reduce((left, right) => ({ kind: 'binary', operator: '|', left, right }), first);
}

/** Undefined: this name, or what stands in it, is not known. */
function readNamed(name: string, json: unknown): Expression | undefined {
  const object = asObject(json) ?? {};
  switch (name) {
    case 'concat':
      return { kind: 'concat', parts: asList(json).map(readExpression) };
    case 'set':
      return { kind: 'set', elements: readElements(json) };
    case 'range':
      return readRange(asList(json));
    case 'prefix':
      return readPrefix(object);
    case 'map':
      return { kind: 'map', key: readExpression(object.key), map: readExpression(object.data) };
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>':
      return readBinary(name, asList(json));
    case 'elem':
      return readExpression(object.val);
    default:
      return readReader(name, object);
  }
}

function readRange([from, to]: readonly unknown[]): Expression {
  return { kind: 'range', from: readExpression(from), to: readExpression(to) };
}

/** Newer versions list a chain of operations as one list of operands. */
function readBinary(operator: BinaryOperator, operands: readonly unknown[]): Expression | undefined {
  const [first, ...others] = operands.map(readExpression);
  if (first === undefined || others.length === 0) return undefined;
  return others.reduce((left, right) => asWritten({ kind: 'binary', operator, left, right }), first);
}

/**
 * The kernel keeps `x & 0x00ffffff | 0x01000000` with the bits that are set anyway in the mask, too: `x & 0x01ffffff |
 * …`.
 */
function asWritten(read: Binary): Expression {
  const { operator, left, right } = read;
  if (operator !== '|' || left.kind !== 'binary' || left.operator !== '&') return read;
  if (left.right.kind !== 'number' || right.kind !== 'number') return read;
  const mask = (left.right.value & ~right.value) >>> 0;
  return mask === left.right.value ? read : { ...read, left: { ...left, right: number(mask) } };
}

/** A prefix of addresses. One of a number is known only where its width is (see readMatch). */
function readPrefix(object: JsonObject): Expression | undefined {
  const length = asNumber(object.len);
  const parsed = parseAddress(asString(object.addr) ?? '');
  if (length === undefined || parsed === undefined) return undefined;
  return { kind: 'prefix', prefix: { ...parsed, length } };
}

function readReader(name: string, object: JsonObject): Expression | undefined {
  const key = asString(object.key);
  switch (name) {
    case 'meta':
      return key === undefined ? undefined : { kind: 'meta', key };
    case 'socket':
      return key === undefined ? undefined : { kind: 'socket', key };
    case 'rt':
      return key === undefined ? undefined : { kind: 'rt', key: withFamily(object, key) };
    case 'ct':
      return readCt(object, key);
    case 'payload':
      return readPayload(object);
    case 'tcp option':
      return readTcpOption(object);
    case 'fib':
      return readFib(object);
    case 'numgen':
      return readNumgen(object);
    case 'jhash':
    case 'symhash':
      return readHash(name, object);
    default:
      return undefined;
  }
}

function withFamily(object: JsonObject, key: string): string {
  const family = asString(object.family);
  return family === undefined ? key : `${family} ${key}`;
}

function readCt(object: JsonObject, key: string | undefined): Expression | undefined {
  if (key === undefined) return undefined;
  const { dir } = object;
  const read = { kind: 'ct' as const, key: withFamily(object, key) };
  return dir === 'original' || dir === 'reply' ? { ...read, direction: dir } : read;
}

/** `@nh,96,32` has no protocol and no field: not known. */
function readPayload(object: JsonObject): Expression | undefined {
  const protocol = asString(object.protocol);
  const field = asString(object.field);
  return protocol === undefined || field === undefined ? undefined : { kind: 'payload', protocol, field };
}

function readTcpOption(object: JsonObject): Expression | undefined {
  const name = asString(object.name);
  return name === undefined
    ? undefined
    : defined({ kind: 'tcp-option' as const, name, field: asString(object.field) });
}

function readFib(object: JsonObject): Expression | undefined {
  const { result } = object;
  if (result !== 'oif' && result !== 'oifname' && result !== 'type') return undefined;
  return { kind: 'fib', result, flags: asStrings(object.flags) };
}

function readNumgen(object: JsonObject): Expression | undefined {
  const modulus = asNumber(object.mod);
  const { mode } = object;
  if (modulus === undefined || (mode !== 'inc' && mode !== 'random')) return undefined;
  return { kind: 'numgen', mode, modulus, offset: asNumber(object.offset) ?? 0 };
}

function readHash(algorithm: 'jhash' | 'symhash', object: JsonObject): Expression | undefined {
  const modulus = asNumber(object.mod);
  if (modulus === undefined) return undefined;
  return defined({
    kind: 'hash' as const,
    algorithm,
    of: object.expr === undefined ? undefined : readExpression(object.expr),
    modulus,
    seed: asNumber(object.seed),
    offset: asNumber(object.offset) ?? 0,
  });
}

function readVerdictExpression(object: JsonObject): Expression | undefined {
  const verdict = readVerdict(object);
  return verdict && { kind: 'verdict', verdict };
}

/** Undefined when the object is no verdict. */
export function readVerdict(object: JsonObject): Verdict | undefined {
  const [name] = Object.keys(object);
  switch (name) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      return { kind: name };
    case 'jump':
    case 'goto': {
      const chain = asString(asObject(object[name])?.target);
      return chain === undefined ? undefined : { kind: name, chain };
    }
    case 'queue':
      return { kind: 'queue', text: queueText(asObject(object.queue) ?? {}) };
    default:
      return undefined;
  }
}

function queueText(queue: JsonObject): string {
  const flags = asStrings(queue.flags);
  const [from, to] = asList(asObject(queue.num)?.range ?? queue.num ?? 0);
  return [`num ${to === undefined ? from : `${from}-${to}`}`, flags.join(',')].join(' ').trim();
}

/** Elements of a set (`VALUE`) or a map (`[KEY, VALUE]`), each perhaps wrapped in `elem` with its times. */
export function readElements(json: unknown): readonly SetElement[] {
  return asList(json).map((item) => {
    if (!Array.isArray(item)) return readKey(item);
    return { ...readKey(item[0]), value: readExpression(item[1]) };
  });
}

function readKey(json: unknown): SetElement {
  const elem = asObject(asObject(json)?.elem);
  if (elem === undefined) return { key: readExpression(json) };
  return defined({
    key: readExpression(elem.val),
    timeoutMs: secondsToMs(elem.timeout),
    expiresMs: secondsToMs(elem.expires),
    comment: asString(elem.comment),
  });
}

/** nft JSON gives times in whole seconds. */
export function secondsToMs(json: unknown): number | undefined {
  const seconds = asNumber(json);
  return seconds === undefined ? undefined : seconds * 1000;
}
