import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bitwiseExpression, bitwiseOf } from '../../../src/kernel/bitwise.ts';
import {
  type BinaryOperator,
  binary,
  CT_MARK,
  type Expression,
  number,
} from '../../../src/kernel/expression.ts';

const word = fc.nat(0xffffffff);
const step = fc.tuple(fc.constantFrom<BinaryOperator>('&', '|', '^'), word, fc.boolean());

/** What the expression gives for a connmark: the definition of the operators, nothing of the code under test. */
function evaluate(expression: Expression, mark: number): number {
  if (expression.kind === 'number') return expression.value;
  if (expression.kind !== 'binary') return mark;
  const left = evaluate(expression.left, mark);
  const right = evaluate(expression.right, mark);
  if (expression.operator === '&') return (left & right) >>> 0;
  return (expression.operator === '|' ? left | right : left ^ right) >>> 0;
}

function chain(steps: readonly (readonly [BinaryOperator, number, boolean])[]): Expression {
  return steps.reduce<Expression>(
    (of, [operator, constant, first]) =>
      first ? binary(operator, number(constant), of) : binary(operator, of, number(constant)),
    CT_MARK,
  );
}

test('the normal form of any chain of operations computes the same word', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), word, (steps, mark) => {
      const met = chain(steps);
      expect(evaluate(bitwiseExpression(bitwiseOf(met)), mark)).toBe(evaluate(met, mark));
    }),
    { numRuns: 2000 },
  );
});

test('two chains that compute the same have one normal form', () => {
  const wanted = binary('|', binary('&', CT_MARK, number(0x00ffffff)), number(0x01000000));
  const listed = binary('|', binary('&', CT_MARK, number(0x01ffffff)), number(0x01000000));
  expect(bitwiseExpression(bitwiseOf(wanted))).toEqual(bitwiseExpression(bitwiseOf(listed)));
});
