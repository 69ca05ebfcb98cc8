import type * as z from 'zod/mini';
import { knownKeys } from './schema/known-keys.ts';
import type { YamlEntry, YamlNode } from './yaml-node.ts';

/** The keys of a mapping that belong to `owner`, which has no value: they stand below it, and lack their indentation. */
export function outdented(
  owner: YamlEntry,
  mapping: YamlNode,
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
): readonly string[] {
  const { key, value } = owner;
  if (mapping.kind !== 'map' || value.kind !== 'scalar' || value.value !== null) return [];
  const inside = knownKeys(schema, [...path, key.value]);
  const beside = knownKeys(schema, path);
  return mapping.entries
    .map((entry) => entry.key.value)
    .filter((each) => inside.includes(each) && !beside.includes(each));
}
