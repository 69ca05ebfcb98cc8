import { binary, type Expression, meta, number, payload } from '../kernel/expression.ts';
import type { Statement } from '../kernel/statement.ts';
import { parseDuration } from '../net/duration.ts';
import { parseAddress } from '../net/prefix.ts';
import { defined } from './json-value.ts';

const UPDATE = /^(add|update|delete) @(\S+) \{ (.+?)(?: timeout (\w+))?(?: : (.+))? \}$/;

/**
 * An update of a map as nft 1.0.6 lists it, in JSON as well: `update @clients { ip saddr timeout 10m : meta mark }`.
 * Undefined where its key is not understood; a value that is not understood is kept as its text.
 */
export function readUpdateText(text: string): Statement | undefined {
  const [, word, set = '', key = '', timeout, value] = UPDATE.exec(text) ?? [];
  const operation = readOperation(word);
  const element = readKey(key);
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout);
  if (operation === undefined || element === undefined) return undefined;
  if (timeout !== undefined && timeoutMs === undefined) return undefined;
  const given = value === undefined ? undefined : readValue(value);
  return defined({ kind: 'set-update' as const, operation, set, element, value: given, timeoutMs });
}

export function readOperation(json: unknown): 'add' | 'update' | 'delete' | undefined {
  return json === 'add' || json === 'update' || json === 'delete' ? json : undefined;
}

function readKey(text: string): Expression | undefined {
  const parts = text.split(' . ').map(readField);
  const [only] = parts;
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return known.length === 1 ? only : { kind: 'concat', parts: known };
}

/** What stands before a field, but for `meta` and `ct`. */
const HEADERS: ReadonlySet<string> = new Set(['ether', 'ip', 'ip6', 'th', 'tcp', 'udp', 'icmp', 'icmpv6']);

function readField(text: string): Expression | undefined {
  const [first = '', second, third, ...more] = text.split(' ');
  if (more.length > 0) return undefined;
  if (second === undefined) return /^[io]if(?:name|type)?$/.test(first) ? meta(first) : undefined;
  if (first === 'ct' && (second === 'original' || second === 'reply'))
    return third === undefined ? undefined : { kind: 'ct', key: third, direction: second };
  if (third !== undefined) return undefined;
  if (first === 'meta') return meta(second);
  if (first === 'ct') return { kind: 'ct', key: second };
  return HEADERS.has(first) ? payload(first, second) : undefined;
}

function readValue(text: string): Expression {
  return readConstant(text) ?? readField(text) ?? readMasked(text) ?? readNumgen(text) ?? unknown(text);
}

function unknown(text: string): Expression {
  return { kind: 'unknown', text };
}

function readConstant(text: string): Expression | undefined {
  if (/^(?:0x[0-9a-f]+|\d+)$/.test(text)) return number(Number(text));
  const address = parseAddress(text);
  return address === undefined ? undefined : { kind: 'string', value: address.address };
}

function readMasked(text: string): Expression | undefined {
  const [, field = '', operator, constant = ''] = /^(.+) ([&|^]) (0x[0-9a-f]+|\d+)$/.exec(text) ?? [];
  const left = readField(field);
  if (left === undefined || (operator !== '&' && operator !== '|' && operator !== '^')) return undefined;
  return binary(operator, left, number(Number(constant)));
}

function readNumgen(text: string): Expression | undefined {
  const [, mode, modulus, offset = '0'] =
    /^numgen (inc|random) mod (\d+)(?: offset (\d+))?$/.exec(text) ?? [];
  if (mode !== 'inc' && mode !== 'random') return undefined;
  return { kind: 'numgen', mode, modulus: Number(modulus), offset: Number(offset) };
}
