import type * as z from 'zod/mini';
import { knownKeys } from './schema/known-keys.ts';
import { child, type YamlEntry, type YamlNode } from './yaml-node.ts';

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
  // Below `policies` any name may stand: the keys that it has tell whether it belongs there.
  const isInside = ({ key: { value: name }, value: named }: YamlEntry) =>
    inside.includes(name) ||
    knownKeys(schema, [...path, key.value, name]).some((each) => child(named, each) !== undefined);
  return mapping.entries
    .filter((entry) => !beside.includes(entry.key.value) && isInside(entry))
    .map((entry) => entry.key.value);
}
