import { FULL_MASK } from '../net/mark.ts';
import { parseAddress } from '../net/prefix.ts';
import { bitwiseOf } from './bitwise.ts';
import { canonicalExpression, canonicalMap } from './canonical-expression.ts';
import { datatypesOf } from './datatype.ts';
import { binary, type Expression, number } from './expression.ts';
import type { Nat, Statement } from './statement.ts';

type Match = Extract<Statement, { kind: 'match' }>;

/** The one form of a statement by itself; undefined for one that says nothing (a counter). */
export function canonicalStatement(statement: Statement): Statement | undefined {
  switch (statement.kind) {
    case 'counter':
      return undefined;
    case 'match':
      return canonicalMatch(statement);
    case 'set':
      return {
        kind: 'set',
        target: canonicalExpression(statement.target),
        value: canonicalExpression(statement.value, datatypesOf(statement.target)),
      };
    case 'vmap':
      return {
        kind: 'vmap',
        key: canonicalExpression(statement.key),
        map: canonicalMap(statement.map, datatypesOf(statement.key)),
      };
    case 'nat':
      return canonicalNat(statement);
    case 'set-update':
      return canonicalUpdate(statement);
    case 'reject':
      return canonicalReject(statement);
    default:
      return statement;
  }
}

/**
 * (x & mask) ^ xor against a number is x & mask against number ^ xor; a mask of one bit has two values only, so
 * "not zero" is "that bit".
 */
function canonicalMatch(match: Match): Match {
  const types = datatypesOf(match.left);
  const left = canonicalExpression(match.left);
  const right = canonicalExpression(match.right, types);
  const plain: Match = { kind: 'match', operator: match.operator, left, right };
  if (match.operator !== '==' && match.operator !== '!=') return plain;
  return maskedAddress(plain) ?? maskedNumber(plain) ?? plain;
}

function maskedNumber({ operator, left, right }: Match): Match | undefined {
  if (left.kind !== 'binary' || right.kind !== 'number') return undefined;
  const { base, mask, xor } = bitwiseOf(left);
  const value = (right.value ^ xor) >>> 0;
  const oneBit = mask !== 0 && (mask & (mask - 1)) === 0;
  const masked = mask === FULL_MASK ? base : binary('&', base, number(mask));
  if (!oneBit || value !== 0) return { kind: 'match', operator, left: masked, right: number(value) };
  return { kind: 'match', operator: operator === '==' ? '!=' : '==', left: masked, right: number(mask) };
}

/** `ip saddr & 255.255.255.0 == 192.0.2.0` is listed as the prefix. */
function maskedAddress({ operator, left, right }: Match): Match | undefined {
  if (left.kind !== 'binary' || left.operator !== '&' || right.kind !== 'string') return undefined;
  const length = left.right.kind === 'string' ? maskLength(left.right.value) : undefined;
  const parsed = parseAddress(right.value);
  if (length === undefined || parsed === undefined) return undefined;
  const prefix: Expression = { kind: 'prefix', prefix: { ...parsed, length } };
  return { kind: 'match', operator, left: left.left, right: canonicalExpression(prefix) };
}

/** Length of an IPv4 netmask; undefined for one with holes, or none. */
function maskLength(text: string): number | undefined {
  if (parseAddress(text)?.family !== 'ipv4') return undefined;
  const bits = text
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}

function canonicalNat(nat: Nat): Nat {
  const { address, port, ...rest } = nat;
  return {
    ...rest,
    ...(address === undefined ? {} : { address: canonicalExpression(address) }),
    ...(port === undefined ? {} : { port: canonicalExpression(port) }),
    flags: [...nat.flags].sort(),
  };
}

function canonicalUpdate(update: Extract<Statement, { kind: 'set-update' }>): Statement {
  const { element, value, ...rest } = update;
  return {
    ...rest,
    element: canonicalExpression(element),
    ...(value === undefined ? {} : { value: canonicalExpression(value) }),
  };
}

/** A bare reject is "port unreachable" in the table's own words; `type` is a word newer versions leave out. */
function canonicalReject(reject: Extract<Statement, { kind: 'reject' }>): Statement {
  const words = reject.with?.replace(/^(icmpx?|icmpv6) type /, '$1 ');
  if (words === undefined || /^icmp(?:x|v6)? port-unreachable$/.test(words)) return { kind: 'reject' };
  return { kind: 'reject', with: words };
}
