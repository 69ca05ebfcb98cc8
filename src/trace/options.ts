import type { Supposition } from './assumption.ts';

/** One of the values something can have, and what must hold for it; no side where it is certain. */
export interface Option<T> {
  readonly value: T;
  readonly side?: Supposition;
}

export type Options<T> = readonly Option<T>[];

/** The same options of something made of each value; where there is none, there is still none. */
export function changeOptions<T, U>(
  options: Options<T | undefined>,
  change: (value: T) => U,
): Options<U | undefined> {
  return options.map(({ value, side }) => {
    const changed = value === undefined ? undefined : change(value);
    return side === undefined ? { value: changed } : { value: changed, side };
  });
}
