import type { Expression } from '../kernel/expression.ts';
import type { Path } from './path.ts';
import type { Answer } from './question.ts';
import type { World } from './world.ts';

/** A test before its negation. Undefined where the packet has not what it asks for. */
export type Positive = (path: Path, world: World) => Answer | undefined;

/** Whether one of two fields fits. What the first leaves open is settled before the second is asked. */
export function eitherTest(
  parts: readonly [Expression, Expression],
  testOf: (part: Expression) => Positive,
): Positive {
  const [one, other] = [testOf(parts[0]), testOf(parts[1])];
  return (path, world) => {
    const answer = one(path, world);
    if (typeof answer === 'object') return { ...answer, again: true };
    return answer === true ? answer : other(path, world);
  };
}
