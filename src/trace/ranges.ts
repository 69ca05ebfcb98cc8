import { type Domain, firstOf, lastOf, type Point } from './term.ts';

/** Disjoint stretches of points in ascending order, ends included: [first, last, first, last …]. */
export type Ranges = readonly Point[];

export function universe(domain: Domain): Ranges {
  return [firstOf(domain), lastOf(domain)];
}

export function contains(ranges: Ranges, point: Point): boolean {
  let low = 0;
  let high = ranges.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[2 * middle + 1] ?? 0) < point) low = middle + 1;
    else high = middle;
  }
  const first = ranges[2 * low];
  return first !== undefined && first <= point;
}

/** The point after; the domain has one wherever this is asked. */
function next(point: Point): Point {
  return typeof point === 'number' ? point + 1 : hex(BigInt(`0x${point}`) + 1n);
}

function previous(point: Point): Point {
  return typeof point === 'number' ? point - 1 : hex(BigInt(`0x${point}`) - 1n);
}

function hex(value: bigint): string {
  return value.toString(16).padStart(32, '0');
}

export function intersect(a: Ranges, b: Ranges): Ranges {
  const result: Point[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const first = larger(a[i] ?? 0, b[j] ?? 0);
    const aLast = a[i + 1] ?? 0;
    const bLast = b[j + 1] ?? 0;
    // biome-ignore lint/complexity/useMathMinMax: points may be text
    const last = aLast < bLast ? aLast : bLast;
    if (first <= last) result.push(first, last);
    if (aLast < bLast) i += 2;
    else j += 2;
  }
  return result;
}

function larger(a: Point, b: Point): Point {
  return a < b ? b : a;
}

/** What of `a` is not in `b`. */
export function subtract(a: Ranges, b: Ranges): Ranges {
  const result: Point[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let first = a[i] ?? 0;
    const last = a[i + 1] ?? 0;
    while (j < b.length && (b[j + 1] ?? 0) < first) j += 2;
    let done = false;
    for (let k = j; k < b.length && (b[k] ?? 0) <= last && !done; k += 2) {
      const from = b[k] ?? 0;
      const to = b[k + 1] ?? 0;
      if (from > first) result.push(first, previous(from));
      if (to >= last) done = true;
      else first = next(to);
    }
    if (!done) result.push(first, last);
  }
  return result;
}

/** Ranges of stretches in any order, which may overlap. */
export function unite(stretches: readonly (readonly [Point, Point])[]): Ranges {
  const sorted = [...stretches].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const result: Point[] = [];
  for (const [first, last] of sorted) {
    const end = result.at(-1);
    if (end === undefined || first > end) result.push(first, last);
    else if (last > end) result[result.length - 1] = last;
  }
  return result;
}

export function uniteAll(all: readonly Ranges[]): Ranges {
  return unite(all.flatMap(stretches));
}

export function stretches(ranges: Ranges): readonly (readonly [Point, Point])[] {
  const result: [Point, Point][] = [];
  for (let at = 0; at < ranges.length; at += 2) result.push([ranges[at] ?? 0, ranges[at + 1] ?? 0]);
  return result;
}

/** How many points; only asked of numbers. */
export function countOf(ranges: Ranges): number {
  let count = 0;
  for (let at = 0; at < ranges.length; at += 2)
    count += Number(ranges[at + 1] ?? 0) - Number(ranges[at] ?? 0) + 1;
  return count;
}

export function onlyPoint(ranges: Ranges): Point | undefined {
  return ranges.length === 2 && ranges[0] === ranges[1] ? ranges[0] : undefined;
}

export function sameRanges(a: Ranges, b: Ranges): boolean {
  return a === b || (a.length === b.length && a.every((point, at) => point === b[at]));
}
