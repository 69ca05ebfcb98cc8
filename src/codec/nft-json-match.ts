import { datatypesOf } from '../kernel/datatype.ts';
import { binary, type Expression, number } from '../kernel/expression.ts';
import type { MatchOperator, Statement } from '../kernel/statement.ts';
import { asNumber, asObject, type JsonObject } from './json-value.ts';
import { readExpression } from './nft-json-expression.ts';

const OPERATORS: readonly MatchOperator[] = ['==', '!=', '<', '>', '<=', '>='];

/**
 * Reads a `match`. nft has two operators more than the model: `in`, any of these flags, is (left & flags) != 0, and
 * `!`, none of them, is (left & flags) == 0. Undefined when the operator is none of these.
 */
export function readMatch(json: JsonObject): Statement | undefined {
  const left = readExpression(json.left);
  const right = readExpression(json.right);
  if (json.op === 'in') return readAnyFlag(left, json.right, right);
  if (json.op === '!')
    return { kind: 'match', operator: '==', left: binary('&', left, right), right: number(0) };
  const operator = OPERATORS.find((one) => one === json.op);
  if (operator === undefined) return undefined;
  return readMasked(operator, left, json.right) ?? { kind: 'match', operator, left, right };
}

function readAnyFlag(left: Expression, json: unknown, right: Expression): Statement | undefined {
  const [type] = datatypesOf(left);
  if (type === 'ct_state') {
    // A packet has exactly one state, so "any of these flags" is being in the set of them.
    const states = (Array.isArray(json) ? json : [json]).map(readExpression);
    const [only] = states;
    if (only !== undefined && states.length === 1)
      return { kind: 'match', operator: '==', left, right: only };
    return {
      kind: 'match',
      operator: '==',
      left,
      right: { kind: 'set', elements: states.map((key) => ({ key })) },
    };
  }
  // A label's value is the number of its bit, not the bit.
  if (type === 'ct_label') return undefined;
  return { kind: 'match', operator: '!=', left: binary('&', left, right), right: number(0) };
}

/** `meta mark & 0xffff0000 == 0x10000` is listed as a prefix of a number: 65536/16. */
function readMasked(operator: MatchOperator, left: Expression, json: unknown): Statement | undefined {
  const prefix = asObject(asObject(json)?.prefix);
  const value = typeof prefix?.addr === 'number' ? prefix.addr : undefined;
  const length = asNumber(prefix?.len);
  const bits = wordBits(left);
  if (value === undefined || length === undefined || bits === undefined) return undefined;
  const mask = length === 0 ? 0 : (2 ** length - 1) * 2 ** (bits - length);
  return { kind: 'match', operator, left: binary('&', left, number(mask)), right: number(value) };
}

/** Bits of the words whose masked comparison nft lists as a prefix. */
function wordBits(left: Expression): number | undefined {
  const [type = ''] = datatypesOf(left);
  if (type === 'mark') return 32;
  return type === 'inet_service' ? 16 : undefined;
}
