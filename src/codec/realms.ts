import { asString } from './json-value.ts';

/** `3/4`, or `4` where there is none for the source: as `ip` takes realms, of what `ip -j` says of both. */
export function realms(from: unknown, to: unknown): string | undefined {
  const [source, destination] = [asString(from), asString(to)];
  if (source === undefined) return destination;
  return `${source}/${destination ?? 0}`;
}
