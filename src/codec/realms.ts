import { asString } from './json-value.ts';

/** Realms as `ip` takes them, from the two that `ip -j` lists: `3/4` (source/destination), or `4` without a source. */
export function realms(from: unknown, to: unknown): string | undefined {
  const [source, destination] = [asString(from), asString(to)];
  if (source === undefined) return destination;
  return `${source}/${destination ?? 0}`;
}
