import type * as z from 'zod/mini';

/** Every schema a value at this path may have to meet, wrappers and unions opened. */
export function schemasAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType[] {
  const definition = definitionOf(schema);
  if (definition.type === 'optional') return schemasAt(definition.innerType, path);
  if (definition.type === 'union') return definition.options.flatMap((option) => schemasAt(option, path));
  const [step, ...rest] = path;
  if (step === undefined) return [schema];
  if (definition.type === 'array' && typeof step === 'number') return schemasAt(definition.element, rest);
  if (definition.type === 'record') return schemasAt(definition.valueType, rest);
  const next = definition.type === 'object' ? definition.shape[String(step)] : undefined;
  return next === undefined ? [] : schemasAt(next, rest);
}

type Definition =
  | z.core.$ZodObjectDef
  | z.core.$ZodArrayDef
  | z.core.$ZodRecordDef
  | z.core.$ZodUnionDef
  | z.core.$ZodOptionalDef
  | z.core.$ZodEnumDef
  | z.core.$ZodNumberDef;

/** The published description of a schema node (zod's `_zod.def`), told apart by `type`. */
export function definitionOf(schema: z.core.$ZodType): Definition {
  return schema._zod.def as Definition;
}
