import * as z from 'zod/mini';
import { keyDocs } from './schema/key.ts';
import { type LintNames, lintSchema } from './schema/lint-schema.ts';
import { profileSchema } from './schema/profile-schema.ts';
import { siteSchema } from './schema/site-schema.ts';

/** JSON Schema (draft 2020-12) of polywan.yaml, for editors. */
export function siteJsonSchema(): object {
  return describe('polywan site', siteSchema());
}

/** JSON Schema (draft 2020-12) of a profile. */
export function profileJsonSchema(): object {
  return describe('polywan profile', profileSchema());
}

/** JSON Schema (draft 2020-12) of polywan.lint.yaml, with the names lint knows. */
export function lintJsonSchema(names: LintNames): object {
  return describe('polywan lint settings', lintSchema(names));
}

function describe(title: string, schema: z.core.$ZodType): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: 'input',
    metadata: keyDocs,
  });
  return { $schema, title, ...rest };
}
