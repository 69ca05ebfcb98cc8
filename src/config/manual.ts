import type * as z from 'zod/mini';
import { type KeyRow, keyRows } from './manual-keys.ts';
import { HEAD, TAIL } from './manual-prose.ts';
import { lintSchema } from './schema/lint-schema.ts';
import { profileSchema } from './schema/profile-schema.ts';
import { siteSchema } from './schema/site-schema.ts';

/** The page polywan.yaml(5) as mdoc(7) source: the tables of keys are the schema's own. */
export function manualPage(): string {
  return [
    HEAD,
    '.Sh THE SITE',
    'Keys of',
    '.Pa polywan.yaml .',
    keyTable(siteSchema()),
    '.Sh A PROFILE',
    'Keys of a profile, one file for each ISP.',
    keyTable(profileSchema()),
    '.Sh SETTINGS OF LINT',
    'Keys of',
    '.Pa polywan.lint.yaml ,',
    'which stands beside rulesets or in a folder above them, up to that of the repository.',
    'The checks are those of',
    '.Xr polywan\\-checks 7 .',
    keyTable(lintSchema({ checks: [], neighbours: [] })),
    TAIL,
    '',
  ].join('\n');
}

/** Every key of a file by its full name (`policies.NAME.members[].wan`), for the test that compares page and schema. */
export function manualKeys(schema: z.core.$ZodType): readonly string[] {
  return keyRows(schema).map(({ path }) => path);
}

function keyTable(schema: z.core.$ZodType): string {
  return ['.Bl -tag -width Ds', ...keyRows(schema).map(keyItem), '.El'].join('\n');
}

function keyItem(row: KeyRow): string {
  const lines = [`.It Ic ${roff(row.path)}`, `${roff(linePerSentence(row.description))}`];
  lines.push(`.br`, `Value: ${roff(row.values)}.`);
  if (row.default !== undefined) lines.push('.br', `Default: ${roff(showValue(row.default))}.`);
  else if (row.required) lines.push('.br', 'Must be given.');
  for (const example of row.examples)
    lines.push('.br', `Example: ${roff(`${row.key}: ${showValue(example)}`)}`);
  return lines.join('\n');
}

function linePerSentence(text: string): string {
  return text.replaceAll('. ', '.\n');
}

/** A value as it would be written in YAML, in flow style. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(showValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${showValue(inner)}`);
    return `{ ${entries.join(', ')} }`;
  }
  const text = String(value);
  // What YAML would take for something else needs its quotes.
  return typeof value === 'string' && /^[![]|::|: |^[\d-]+$/.test(text) ? `"${text}"` : text;
}

/** roff takes a backslash for an escape, a leading dot or quote for a request, and a bare - for a hyphen. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&');
}
