import { addressFromNumber, addressNumber, parseAddress, prefixRange } from '../net/prefix.ts';
import type { Expression, SetElement } from './expression.ts';
import { compareText, sortByText, stableText } from './stable-text.ts';

/** A stretch of addresses of one family or of numbers, ends included. */
interface Interval {
  readonly space: 'ipv4' | 'ipv6' | 'number';
  readonly first: bigint;
  readonly last: bigint;
}

/** The keys of a set as the fewest intervals and, where a key is none, as they are; sorted, without repetition. */
export function canonicalKeys(keys: readonly Expression[]): readonly Expression[] {
  const intervals: Interval[] = [];
  const others: Expression[] = [];
  for (const key of keys) {
    const interval = intervalOf(key);
    if (interval === undefined) others.push(key);
    else intervals.push(interval);
  }
  return [...merged(intervals).map(expressionOf), ...unique(others)];
}

/** The one form of an address, a prefix, a number or a range; anything else as it is. */
export function canonicalInterval(expression: Expression): Expression {
  const interval = intervalOf(expression);
  return interval === undefined ? expression : expressionOf(interval);
}

/** Elements of a map in the order of their text; neither times nor comments are part of what it says. */
export function sortElements(elements: readonly SetElement[]): readonly SetElement[] {
  return sortByText(elements, (element) => element.key);
}

function intervalOf(expression: Expression): Interval | undefined {
  switch (expression.kind) {
    case 'number':
      return { space: 'number', first: BigInt(expression.value), last: BigInt(expression.value) };
    case 'string':
      return addressInterval(expression.value);
    case 'prefix':
      return { space: expression.prefix.family, ...prefixRange(expression.prefix) };
    case 'range':
      return spanning(intervalOf(expression.from), intervalOf(expression.to));
    default:
      return undefined;
  }
}

function addressInterval(text: string): Interval | undefined {
  const parsed = parseAddress(text);
  if (parsed === undefined) return undefined;
  const number = addressNumber(parsed.address);
  return { space: parsed.family, first: number, last: number };
}

function spanning(from: Interval | undefined, to: Interval | undefined): Interval | undefined {
  if (from === undefined || to === undefined || from.space !== to.space) return undefined;
  return { space: from.space, first: from.first, last: to.last };
}

function merged(intervals: readonly Interval[]): readonly Interval[] {
  const result: Interval[] = [];
  for (const interval of [...intervals].sort(compareIntervals)) {
    const last = result.at(-1);
    if (last === undefined || last.space !== interval.space || interval.first > last.last + 1n)
      result.push(interval);
    else if (interval.last > last.last) result.splice(-1, 1, { ...last, last: interval.last });
  }
  return result;
}

function compareIntervals(a: Interval, b: Interval): number {
  if (a.space !== b.space) return compareText(a.space, b.space);
  if (a.first === b.first) return 0;
  return a.first < b.first ? -1 : 1;
}

function expressionOf({ space, first, last }: Interval): Expression {
  if (first === last) return edge(space, first);
  return { kind: 'range', from: edge(space, first), to: edge(space, last) };
}

function edge(space: Interval['space'], at: bigint): Expression {
  if (space === 'number') return { kind: 'number', value: Number(at) };
  return { kind: 'string', value: addressFromNumber(space, at) };
}

function unique(expressions: readonly Expression[]): readonly Expression[] {
  const byText = new Map(expressions.map((expression) => [stableText(expression), expression]));
  return [...byText.entries()].sort(([a], [b]) => compareText(a, b)).map(([, expression]) => expression);
}
