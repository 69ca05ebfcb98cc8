import { type Condition, implies } from './condition.ts';
import { EXACT, hashOf, LOOSE, networkOf } from './network.ts';

/** Conditions of one rule, all of which must hold. */
export type Conditions = readonly Condition[];

/**
 * The rules of one chain that end its walk, found again by what they ask. Rules are sorted by shape (which fields they
 * ask, each as one value, as a network of some length, or loosely), and of each shape by the values: a rule is looked up
 * once per shape, not compared with every other. Only numbers are kept, since chains have a hundred thousand rules.
 */
export interface ShadowIndex {
  /** The place of an earlier rule that every packet with these conditions fulfils as well; -1 for none. */
  readonly find: (conditions: Conditions) => number;
  readonly add: (conditions: Conditions, at: number) => void;
  readonly isEmpty: () => boolean;
  readonly forget: () => void;
}

interface Part {
  readonly field: number;
  readonly length: number;
}

interface Shape {
  readonly parts: readonly Part[];
  readonly fields: number;
  /** The last rule with these values; `before` leads to those before it. */
  readonly last: Map<number, number>;
}

/** Beyond these a rule is not found, which is no false alarm: real chains have a few shapes, and rules differ in values. */
const MAX_SHAPES = 48;
const MAX_ALIKE = 24;

/** Fields beyond this many share the last bit. */
const BITS = 31;

/** `fits` compares in full what the numbers have found. */
export function shadowIndex(
  size: number,
  fits: (at: number, conditions: Conditions) => boolean,
): ShadowIndex {
  const shapes: Shape[] = [];
  const byName = new Map<number, Shape>();
  const before = new Int32Array(size).fill(-1);
  return {
    find: (conditions) => {
      const fields = shapes.length === 0 ? 0 : bitsOf(conditions);
      for (const shape of shapes) {
        if ((shape.fields & ~fields) !== 0) continue;
        const key = keyOf(shape.parts, conditions);
        if (key === undefined) continue;
        let at = shape.last.get(key) ?? -1;
        for (let tried = 0; at !== -1 && tried < MAX_ALIKE; tried += 1) {
          if (fits(at, conditions)) return at;
          at = before[at] ?? -1;
        }
      }
      return -1;
    },
    add: (conditions, at) => {
      const shape = shapeOf(conditions, shapes, byName);
      const key = shape === undefined ? undefined : keyOf(shape.parts, conditions);
      if (shape === undefined || key === undefined) return;
      before[at] = shape.last.get(key) ?? -1;
      shape.last.set(key, at);
    },
    isEmpty: () => shapes.length === 0,
    forget: () => {
      shapes.length = 0;
      byName.clear();
    },
  };
}

function shapeOf(conditions: Conditions, shapes: Shape[], byName: Map<number, Shape>): Shape | undefined {
  let name = conditions.length;
  for (const condition of conditions)
    name = (Math.imul(name, 0x01000193) + condition.field.id * 256 + condition.length) | 0;
  const known = byName.get(name);
  if (known !== undefined)
    // Two shapes may share a number: then the later one is not kept.
    return known.parts.every(
      ({ field, length }, at) => conditions[at]?.field.id === field && conditions[at].length === length,
    )
      ? known
      : undefined;
  if (shapes.length >= MAX_SHAPES) return undefined;
  const parts = conditions.map((condition) => ({ field: condition.field.id, length: condition.length }));
  const made: Shape = { parts, fields: bitsOf(conditions), last: new Map() };
  byName.set(name, made);
  shapes.push(made);
  return made;
}

function bitsOf(conditions: Conditions): number {
  let bits = 0;
  for (const { field } of conditions) bits |= 1 << Math.min(field.id, BITS);
  return bits;
}

/** Whether a packet with the one conditions has the others. */
export function allImplied(inner: Conditions, outer: Conditions): boolean {
  return outer.every((wanted) =>
    inner.some((condition) => condition.field === wanted.field && implies(condition, wanted)),
  );
}

/** A number for the values these conditions have in the parts of a shape; undefined: they have none of that kind. */
function keyOf(parts: readonly Part[], conditions: Conditions): number | undefined {
  let key = 17;
  for (const { field, length } of parts) {
    if (length === LOOSE) continue;
    const hash = hashIn(field, length, conditions);
    if (hash === undefined) return undefined;
    key = (Math.imul(key, 31) + hash) | 0;
  }
  return key;
}

function hashIn(field: number, length: number, conditions: Conditions): number | undefined {
  for (const one of conditions) {
    if (one.field.id !== field) continue;
    if (one.length === length) return one.hash;
    // One value, or a smaller network, is in one network of this length.
    if (length !== EXACT && one.kind === 'span' && !one.negated) {
      const network = networkOf(one.first, length);
      if (one.first === one.last || network === networkOf(one.last, length)) return hashOf(network);
    }
  }
  return undefined;
}
