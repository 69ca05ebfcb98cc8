import type * as z from 'zod/mini';
import { type KeyRow, keyRows } from './manual-keys.ts';
import { type LintNames, lintSchema } from './schema/lint-schema.ts';
import { profileSchema } from './schema/profile-schema.ts';
import { siteSchema } from './schema/site-schema.ts';

/** A key of one of the files, with the keys inside it. */
export interface Setting {
  readonly file: string;
  readonly row: KeyRow;
  readonly inside: readonly KeyRow[];
}

/** Every key of the three kinds of files. Keys that are checks' names are left out: those have pages of their own. */
export function allSettings(names: LintNames): readonly Setting[] {
  return [
    ...settingsOf('polywan.yaml', siteSchema()),
    ...settingsOf('a profile', profileSchema()),
    ...settingsOf('polywan.lint.yaml', lintSchema(names)).filter(
      ({ row }) => !row.path.startsWith('checks.'),
    ),
  ];
}

function settingsOf(file: string, schema: z.core.$ZodType): readonly Setting[] {
  const rows = keyRows(schema);
  return rows.map((row) => ({
    file,
    row,
    inside: rows.filter(({ path }) => path !== row.path && /^(?:\.|\[)/.test(rest(path, row.path))),
  }));
}

/** What stands behind `before`; empty for a path that does not begin with it. */
function rest(path: string, before: string): string {
  return path.startsWith(before) ? path.slice(before.length) : '';
}

/** By its full name, and by its last part. */
export function findSettings(all: readonly Setting[], word: string): readonly Setting[] {
  return [
    ...all.filter(({ row }) => row.path === word),
    ...all.filter(({ row }) => row.path !== word && row.key === word),
  ];
}
