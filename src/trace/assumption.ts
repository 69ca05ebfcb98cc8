import {
  countOf,
  intersect,
  onlyPoint,
  type Ranges,
  sameRanges,
  subtract,
  uniteAll,
  universe,
} from './ranges.ts';
import type { Point, Variable } from './term.ts';
import type { Condition, RuleRef } from './trace.ts';

/** Names a text variable can or cannot be. */
interface Names {
  readonly only?: ReadonlySet<string>;
  readonly not?: ReadonlySet<string>;
}

/** What one path supposes. Never changed in place: paths share it until they part. */
export interface Assumptions {
  readonly ranges: ReadonlyMap<string, Ranges>;
  readonly names: ReadonlyMap<string, Names>;
  /** Answers to conditions nobody can decide, so that asked again they are the same. */
  readonly decisions: ReadonlyMap<string, boolean>;
}

export const NO_ASSUMPTIONS: Assumptions = { ranges: new Map(), names: new Map(), decisions: new Map() };

/** One side of a fork: what it supposes beside what was supposed before. */
export interface Supposition {
  readonly text: string;
  readonly holds: boolean;
  readonly weight?: number;
  readonly narrow?: { readonly variable: Variable; readonly ranges: Ranges };
  readonly name?: {
    readonly variable: Variable;
    readonly values: ReadonlySet<string>;
    readonly not: boolean;
  };
  readonly decide?: { readonly key: string; readonly value: boolean };
  /** Bits of an unknown mark that are known from here on. */
  readonly bits?: { readonly origin: string; readonly mask: number; readonly value: number };
}

export function suppose(assumptions: Assumptions, side: Supposition): Assumptions {
  const { narrow, name, decide } = side;
  let result = assumptions;
  // The value of a throw of dice is not asked for again.
  if (narrow !== undefined && !isThrow(narrow.variable))
    result = { ...result, ranges: new Map(result.ranges).set(narrow.variable.id, narrow.ranges) };
  if (name !== undefined)
    result = {
      ...result,
      names: new Map(result.names).set(
        name.variable.id,
        name.not ? namesWithout(result.names.get(name.variable.id), name.values) : { only: name.values },
      ),
    };
  if (decide !== undefined)
    result = { ...result, decisions: new Map(result.decisions).set(decide.key, decide.value) };
  return result;
}

function namesWithout(names: Names | undefined, values: ReadonlySet<string>): Names {
  return names?.only === undefined
    ? { not: new Set([...(names?.not ?? []), ...values]) }
    : { only: new Set([...names.only].filter((name) => !values.has(name))) };
}

/** Each reading of such a variable is another throw. */
export function isThrow(variable: Variable): boolean {
  return variable.id === '';
}

export function rangesOf(assumptions: Assumptions, variable: Variable): Ranges {
  return assumptions.ranges.get(variable.id) ?? variable.universe ?? universe(variable.domain);
}

/** The one value the variable can have, once only one is left. */
export function settled(assumptions: Assumptions, variable: Variable): Point | undefined {
  if (variable.domain === 'text') {
    const only = assumptions.names.get(variable.id)?.only;
    return only?.size === 1 ? [...only][0] : undefined;
  }
  const ranges = assumptions.ranges.get(variable.id) ?? variable.universe;
  return ranges === undefined ? undefined : onlyPoint(ranges);
}

/** Which of the values the name can still be, and whether it can be another one. */
export function nameChances(
  assumptions: Assumptions,
  variable: Variable,
  values: ReadonlySet<string>,
): { readonly can: ReadonlySet<string>; readonly other: boolean } {
  const { only, not } = assumptions.names.get(variable.id) ?? {};
  if (only !== undefined) {
    const can = new Set([...only].filter((name) => values.has(name)));
    return { can, other: can.size < only.size };
  }
  return { can: new Set([...values].filter((name) => not?.has(name) !== true)), other: true };
}

/** The parts of what a variable can be: one for each group that it can be in, and the rest. */
export interface Part {
  /** Index of the group; -1: in none. */
  readonly group: number;
  readonly ranges: Ranges;
  readonly weight?: number;
}

export function partition(assumptions: Assumptions, variable: Variable, groups: readonly Ranges[]): Part[] {
  const all = rangesOf(assumptions, variable);
  const total = variable.uniform === true ? countOf(all) : 0;
  const weigh = (ranges: Ranges) => (total > 0 ? { weight: countOf(ranges) / total } : {});
  const parts: Part[] = [];
  let rest = all;
  for (const [group, wanted] of groups.entries()) {
    const ranges = intersect(rest, wanted);
    if (ranges.length === 0) continue;
    parts.push({ group, ranges, ...weigh(ranges) });
    rest = subtract(rest, ranges);
    if (rest.length === 0) return parts;
  }
  parts.push({ group: -1, ranges: rest, ...weigh(rest) });
  return parts;
}

/** Assumptions under which either of two holds; undefined when no single difference parts them. */
export function joinAssumptions(a: Assumptions, b: Assumptions): Assumptions | undefined {
  if (a === b) return a;
  const decisions = differing(a.decisions, b.decisions, (x, y) => x === y);
  const ranges = differing(a.ranges, b.ranges, sameRanges);
  const names = differing(a.names, b.names, (x, y) => x === y);
  if (decisions.length + ranges.length + names.length === 0) return a;
  if (decisions.length + ranges.length + names.length > 1) return undefined;
  const [decision] = decisions;
  if (decision !== undefined) {
    const opposite = a.decisions.has(decision) && b.decisions.has(decision);
    return opposite ? { ...a, decisions: without(a.decisions, decision) } : undefined;
  }
  const [name] = names;
  if (name !== undefined) {
    const both = uniteNames(a.names.get(name), b.names.get(name));
    return { ...a, names: both === undefined ? without(a.names, name) : new Map(a.names).set(name, both) };
  }
  const [id = ''] = ranges;
  const x = a.ranges.get(id);
  const y = b.ranges.get(id);
  if (x === undefined || y === undefined) return { ...a, ranges: without(a.ranges, id) };
  return { ...a, ranges: new Map(a.ranges).set(id, uniteAll([x, y])) };
}

/** Names that are possible on either side; undefined where every one is. */
function uniteNames(a: Names | undefined, b: Names | undefined): Names | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a.only !== undefined && b.only !== undefined) return { only: new Set([...a.only, ...b.only]) };
  const not = [...(a.not ?? b.not ?? [])].filter((name) => isExcluded(a, name) && isExcluded(b, name));
  return not.length === 0 ? undefined : { not: new Set(not) };
}

function isExcluded({ only, not }: Names, name: string): boolean {
  return only === undefined ? not?.has(name) === true : !only.has(name);
}

/** What holds in both: more ways than either had, never fewer. */
export function commonAssumptions(a: Assumptions, b: Assumptions): Assumptions {
  const decisions = new Map([...a.decisions].filter(([key, value]) => b.decisions.get(key) === value));
  const names = new Map<string, Names>();
  for (const [id, x] of a.names) {
    const both = uniteNames(x, b.names.get(id));
    if (both !== undefined) names.set(id, both);
  }
  const ranges = new Map<string, Ranges>();
  for (const [id, x] of a.ranges) {
    const y = b.ranges.get(id);
    if (y !== undefined) ranges.set(id, uniteAll([x, y]));
  }
  return { decisions, names, ranges };
}

function differing<T>(
  a: ReadonlyMap<string, T>,
  b: ReadonlyMap<string, T>,
  same: (x: T, y: T) => boolean,
): string[] {
  if (a === b) return [];
  const keys: string[] = [];
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !same(value, other)) keys.push(key);
  }
  for (const key of b.keys()) if (!a.has(key)) keys.push(key);
  return keys;
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

export function conditionOf(side: Supposition, rule: RuleRef | undefined, packet: number): Condition {
  return {
    text: side.text,
    holds: side.holds,
    ...(side.weight === undefined ? {} : { weight: side.weight }),
    ...(rule === undefined ? {} : { rule }),
    ...(isKept(side) ? {} : { packet }),
  };
}

/** Begins the keys of what is decided of one packet alone. */
export const OF_PACKET = 'packet: ';

/** Begins the keys of what is there for the next packets as well once it was there for one. */
export const FROM_THEN_ON = 'from then on: ';

/** Whether an answer is that of the next packets, too. */
export function lasts(key: string, answer: boolean): boolean {
  return !key.startsWith(OF_PACKET) && (answer || !key.startsWith(FROM_THEN_ON));
}

/** Whether the next packets get the same answer. */
function isKept({ narrow, name, decide }: Supposition): boolean {
  if (decide !== undefined) return lasts(decide.key, decide.value);
  return name !== undefined || (narrow !== undefined && !isThrow(narrow.variable));
}
