import * as z from 'zod/mini';

/** Whether one of the schemas takes a value. */
export function fitsAny(schemas: readonly z.core.$ZodType[], value: unknown): boolean {
  return schemas.some((schema) => z.safeParse(schema, value).success);
}
