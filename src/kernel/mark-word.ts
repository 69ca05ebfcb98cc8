import { FULL_MASK } from '../net/mark.ts';
import { binary, CT_MARK, type Expression, META_MARK, number } from './expression.ts';

/**
 * A mark expression as bits: (packet mark & packet) ^ (connmark & connection) ^ constant. Everything MARK, CONNMARK and
 * the mark matches can say is of this form (kernel-facts 3), so writing is by meaning, not by how the text was shaped.
 */
export interface MarkWord {
  readonly packet: number;
  readonly connection: number;
  readonly constant: number;
}

const PACKET: MarkWord = { packet: FULL_MASK, connection: 0, constant: 0 };
const CONNECTION: MarkWord = { packet: 0, connection: FULL_MASK, constant: 0 };

/** Undefined when the expression is not of that form (shifts, hashes, maps …). */
export function readMarkWord(expression: Expression): MarkWord | undefined {
  if (expression.kind === 'number') return { packet: 0, connection: 0, constant: expression.value };
  if (expression.kind === 'meta' && expression.key === 'mark') return PACKET;
  if (expression.kind === 'ct' && expression.key === 'mark') return CONNECTION;
  if (expression.kind !== 'binary') return undefined;
  const left = readMarkWord(expression.left);
  const right = readMarkWord(expression.right);
  if (left === undefined || right === undefined) return undefined;
  if (expression.operator === '^') return join(left, right);
  if (!isConstant(right))
    return isConstant(left) ? combine(expression.operator, right, left.constant) : undefined;
  return combine(expression.operator, left, right.constant);
}

function isConstant(word: MarkWord): boolean {
  return word.packet === 0 && word.connection === 0;
}

function join(a: MarkWord, b: MarkWord): MarkWord {
  return {
    packet: (a.packet ^ b.packet) >>> 0,
    connection: (a.connection ^ b.connection) >>> 0,
    constant: (a.constant ^ b.constant) >>> 0,
  };
}

function combine(operator: string, word: MarkWord, bits: number): MarkWord | undefined {
  if (operator === '&') return keep(word, bits);
  return operator === '|' ? join(keep(word, ~bits), { packet: 0, connection: 0, constant: bits }) : undefined;
}

function keep(word: MarkWord, bits: number): MarkWord {
  return {
    packet: (word.packet & bits) >>> 0,
    connection: (word.connection & bits) >>> 0,
    constant: (word.constant & bits) >>> 0,
  };
}

/** The shortest expression of these bits: no `& 0xffffffff`, no `^ 0`. */
export function markExpression(word: MarkWord): Expression {
  const parts = [masked(META_MARK, word.packet), masked(CT_MARK, word.connection)].filter(
    (part) => part !== undefined,
  );
  if (word.constant !== 0 || parts.length === 0) parts.push(number(word.constant));
  return parts.reduce((left, right) => binary('^', left, right));
}

/** `of` under a mask; nothing of it under the empty one. */
export function masked(of: Expression, mask: number): Expression | undefined {
  if (mask === 0) return undefined;
  return mask === FULL_MASK ? of : binary('&', of, number(mask));
}
