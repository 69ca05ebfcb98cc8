import type * as z from 'zod/mini';
import { definitionOf, schemasAt } from './schemas-at.ts';

/** Keys of the mapping at a path of the schema; of all of them where alternatives are mappings. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  return schemasAt(schema, path).flatMap((found) => {
    const definition = definitionOf(found);
    return definition.type === 'object' ? Object.keys(definition.shape) : [];
  });
}
