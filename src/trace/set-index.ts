import { partsOf, type SetElement } from '../kernel/expression.ts';
import { type Operand, readOperand, readStretch, type Type } from './operand.ts';
import { contains, type Ranges, unite } from './ranges.ts';
import type { Point } from './term.ts';

/** A set or map made ready to be asked: exact keys by hash, stretches sorted, what is left one by one. */
export interface SetIndex {
  readonly types: readonly Type[];
  readonly find: (points: readonly Point[]) => SetElement | undefined;
  /** Every element with its key's parts, for keys that are not all known. */
  readonly elements: readonly IndexedElement[];
  /** All points of a set with one part; empty where a name is compared. */
  readonly ranges: () => Ranges;
  /** Some element's key is not understood: what is not found may still be in it. */
  readonly partial: boolean;
}

export interface IndexedElement {
  readonly element: SetElement;
  readonly parts: readonly Operand[];
}

export function indexElements(elements: readonly SetElement[], types: readonly Type[]): SetIndex {
  const exact = new Map<string | number, SetElement>();
  const stretches: { first: Point; last: Point; element: SetElement }[] = [];
  const others: IndexedElement[] = [];
  const indexed: IndexedElement[] = [];
  let partial = false;
  const [type] = types;
  for (const element of elements) {
    const single = types.length === 1 && type !== undefined && type.domain !== 'text';
    const stretch = single ? readStretch(element.key, type) : undefined;
    const parts =
      stretch === undefined ? readParts(element, types) : [{ kind: 'ranges' as const, ranges: stretch }];
    if (parts === undefined) {
      partial = true;
      continue;
    }
    const one = { element, parts };
    indexed.push(one);
    const key = exactKey(parts);
    if (key !== undefined) exact.set(key, element);
    else if (stretch !== undefined) stretches.push({ first: stretch[0], last: stretch[1], element });
    else others.push(one);
  }
  stretches.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  let united: Ranges | undefined;
  return {
    types,
    elements: indexed,
    partial,
    find: (points) =>
      exact.get(keyOf(points)) ??
      findStretch(stretches, points) ??
      others.find((one) => one.parts.every((part, at) => operandHas(part, points[at] ?? '')))?.element,
    ranges: () => {
      united ??= unite(
        indexed.flatMap(({ parts: [part] }) =>
          part?.kind === 'ranges' ? [[part.ranges[0] ?? 0, part.ranges[1] ?? 0] as const] : [],
        ),
      );
      return united;
    },
  };
}

function readParts({ key }: SetElement, types: readonly Type[]): Operand[] | undefined {
  const keys = partsOf(key);
  const parts: Operand[] = [];
  for (const [at, type] of types.entries()) {
    const part = keys[at];
    const operand = part === undefined ? undefined : readOperand(part, type);
    if (operand === undefined) return undefined;
    parts.push(operand);
  }
  return keys.length === types.length ? parts : undefined;
}

export function operandHas(operand: Operand, point: Point): boolean {
  if (operand.kind === 'ranges') return contains(operand.ranges, point);
  const text = String(point);
  return operand.names.has(text) || operand.prefixes.some((prefix) => text.startsWith(prefix));
}

/** The key of the hash when every part is one point. */
function exactKey(parts: readonly Operand[]): string | number | undefined {
  const points: Point[] = [];
  for (const part of parts) {
    if (part.kind === 'ranges') {
      const [first, last] = part.ranges;
      if (part.ranges.length !== 2 || first === undefined || first !== last) return undefined;
      points.push(first);
    } else {
      const [name] = part.names;
      if (name === undefined || part.names.size !== 1 || part.prefixes.length > 0) return undefined;
      points.push(name);
    }
  }
  return keyOf(points);
}

function keyOf(points: readonly Point[]): string | number {
  const [only] = points;
  return points.length === 1 && only !== undefined ? only : points.join('\u0000');
}

function findStretch(
  stretches: readonly { first: Point; last: Point; element: SetElement }[],
  [point]: readonly Point[],
): SetElement | undefined {
  if (point === undefined || stretches.length === 0) return undefined;
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = stretches[middle];
    if (at !== undefined && at.first <= point) low = middle + 1;
    else high = middle;
  }
  const found = stretches[low - 1];
  return found !== undefined && found.last >= point ? found.element : undefined;
}
