import { FULL_MASK } from '../net/mark.ts';
import { binary, type Expression, number } from './expression.ts';

/** What the kernel computes for any chain of constant `&`, `|` and `^`: (base & mask) ^ xor (kernel-facts 3.2). */
export interface Bitwise {
  readonly base: Expression;
  readonly mask: number;
  readonly xor: number;
}

/** The whole of a chain of constant operations; any other expression is its own base under the full mask. */
export function bitwiseOf(expression: Expression): Bitwise {
  if (expression.kind !== 'binary') return { base: expression, mask: FULL_MASK, xor: 0 };
  const { operator, left, right } = expression;
  if (right.kind === 'number') return applied(bitwiseOf(left), operator, right.value, expression);
  // The three operations are symmetric, so a constant may stand on the left; a shift may not.
  if (left.kind === 'number') return applied(bitwiseOf(right), operator, left.value, expression, true);
  return { base: expression, mask: FULL_MASK, xor: 0 };
}

function applied(of: Bitwise, operator: string, word: number, whole: Expression, swapped = false): Bitwise {
  switch (operator) {
    case '&':
      return { base: of.base, mask: (of.mask & word) >>> 0, xor: (of.xor & word) >>> 0 };
    case '|':
      return { base: of.base, mask: (of.mask & ~word) >>> 0, xor: ((of.xor & ~word) | word) >>> 0 };
    case '^':
      return { base: of.base, mask: of.mask, xor: (of.xor ^ word) >>> 0 };
    default:
      return constantShift(of, operator, word, swapped) ?? { base: whole, mask: FULL_MASK, xor: 0 };
  }
}

function constantShift(of: Bitwise, operator: string, word: number, swapped: boolean): Bitwise | undefined {
  if (of.base.kind !== 'number' || swapped) return undefined;
  const value = ((of.base.value & of.mask) ^ of.xor) >>> 0;
  const shifted = operator === '<<' ? value << word : value >>> word;
  return { base: number(shifted >>> 0), mask: FULL_MASK, xor: 0 };
}

/** The one way to write it: `base & mask ^ xor` with neutral parts left out, a number when nothing of base is left. */
export function bitwiseExpression({ base, mask, xor }: Bitwise): Expression {
  if (base.kind === 'number') return number(((base.value & mask) ^ xor) >>> 0);
  if (mask === 0) return number(xor);
  const masked = mask === FULL_MASK ? base : binary('&', base, number(mask));
  return xor === 0 ? masked : binary('^', masked, number(xor));
}
