/** A script's array as far as its text tells. */
export interface ShellArray {
  readonly kind: 'array';
  /** `declare -A`: keys are words, and the shell goes through them in an order of its own. */
  readonly keyed: boolean;
  /** By index; a value that nobody knows is undefined. */
  readonly entries: ReadonlyMap<string, string | undefined>;
}

/** Of an array nothing may be known but a few words; more of them than this nobody writes by hand. */
const MAX_ENTRIES = 4096;

export function emptyArray(keyed: boolean): ShellArray {
  return { kind: 'array', keyed, entries: new Map() };
}

/** Undefined: there would be too many, or the index is none. */
export function withEntry(
  array: ShellArray,
  index: string,
  value: string | undefined,
): ShellArray | undefined {
  if (!array.keyed && !/^\d{1,9}$/.test(index)) return undefined;
  if (array.entries.size >= MAX_ENTRIES) return undefined;
  return { ...array, entries: new Map(array.entries).set(index, value) };
}

/** The index that the next word of `NAME+=(…)` gets. */
export function nextIndex({ entries }: ShellArray): number {
  return Math.max(-1, ...[...entries.keys()].map(Number)) + 1;
}

/** Indices in the order in which the shell goes through them; undefined where that is its own affair. */
export function indicesOf({ keyed, entries }: ShellArray): readonly string[] | undefined {
  const indices = [...entries.keys()];
  if (keyed) return indices.length > 1 ? undefined : indices;
  return indices.sort((a, b) => Number(a) - Number(b));
}

/** Its values in that order; undefined where one is not known. */
export function valuesOf(array: ShellArray): readonly string[] | undefined {
  const values = indicesOf(array)?.map((index) => array.entries.get(index));
  return values?.every((value) => value !== undefined) ? values : undefined;
}
