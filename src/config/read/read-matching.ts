import type { Matching } from '../site.ts';
import { scalarsOf, type YamlNode, type YamlScalar } from '../yaml-node.ts';
import { type Reading, report } from './reading.ts';

/** A value of a match with its place, for checks between the keys of one rule. */
export interface MatchedValue<T> {
  readonly value: T;
  readonly scalar: YamlScalar;
}

export interface ReadMatching<T> {
  readonly matched: readonly MatchedValue<T>[];
  readonly negated: boolean;
}

/** One value or a list of alternatives; a leading `!` on every one of them negates the whole key. */
export function readMatching<T>(
  reading: Reading,
  node: YamlNode | undefined,
  read: (text: string, scalar: YamlScalar) => T | undefined,
): ReadMatching<T> | undefined {
  const scalars = scalarsOf(node);
  const [first] = scalars;
  if (first === undefined) return undefined;
  const negated = isNegated(first);
  const odd = scalars.find((scalar) => isNegated(scalar) !== negated);
  if (odd !== undefined)
    report(reading, odd.span, 'one key is negated as a whole: a ! before every value, or before none');
  const matched = scalars.flatMap((scalar) => {
    const value = read(isNegated(scalar) ? scalar.text.slice(1) : scalar.text, scalar);
    return value === undefined ? [] : [{ value, scalar }];
  });
  return { matched, negated };
}

function isNegated(scalar: YamlScalar): boolean {
  return scalar.text.startsWith('!');
}

export function matchingOf<T>(read: ReadMatching<T>): Matching<T> {
  return { values: read.matched.map(({ value }) => value), negated: read.negated };
}
