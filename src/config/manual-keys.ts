import type * as z from 'zod/mini';
import { keyDocs, phrases } from './schema/key.ts';
import { definitionOf } from './schema/schemas-at.ts';

/** One key of a file, as the manual shows it. */
export interface KeyRow {
  readonly path: string;
  readonly key: string;
  readonly description: string;
  readonly values: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly examples: readonly unknown[];
}

/** Every key of a schema, each followed by the keys inside it. */
export function keyRows(schema: z.core.$ZodType, prefix = ''): KeyRow[] {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'object':
      return Object.entries(definition.shape).flatMap(([key, value]) => {
        const path = prefix === '' ? key : `${prefix}.${key}`;
        return [rowOf(path, key, value), ...keyRows(value, path)];
      });
    case 'array':
      return keyRows(definition.element, `${prefix}[]`);
    case 'record':
      return keyRows(definition.valueType, `${prefix}.NAME`);
    case 'union':
      return definition.options.flatMap((option) => keyRows(option, prefix));
    case 'optional':
      return keyRows(definition.innerType, prefix);
    default:
      return [];
  }
}

function rowOf(path: string, key: string, schema: z.core.$ZodType): KeyRow {
  const definition = definitionOf(schema);
  const isOptional = definition.type === 'optional';
  const doc = keyDocs.get(schema);
  if (doc === undefined) throw new Error(`${path} has no description`);
  return {
    path,
    key,
    description: doc.description,
    values: phrases.get(isOptional ? definition.innerType : schema)?.phrase ?? '',
    required: !isOptional,
    ...(doc.default === undefined ? {} : { default: doc.default }),
    examples: doc.examples ?? [],
  };
}
