import { lintJsonSchema, profileJsonSchema, siteJsonSchema } from '../../config/json-schema.ts';
import type { Command } from '../command.ts';
import { lintNames } from '../lint/lint-names.ts';
import { UsageError } from '../usage-error.ts';

/** What `polywan schema WORD` prints. */
const SCHEMAS: Readonly<Record<string, () => object>> = {
  site: siteJsonSchema,
  profile: profileJsonSchema,
  lint: () => lintJsonSchema(lintNames()),
};

export const schema: Command = {
  name: 'schema',
  summary: 'print the JSON Schema of a site, a profile or lint’s settings',
  description: [
    'Prints the JSON Schema (draft 2020-12) of polywan.yaml, of a profile, or of polywan.lint.yaml. Editors that speak YAML use it to complete keys and to explain them; files that init writes name it in their first line.',
  ],
  positionals: [
    {
      name: 'kind',
      describe: 'site (the default), profile or lint',
      required: false,
      choices: Object.keys(SCHEMAS),
    },
  ],
  options: {},
  examples: [
    { line: 'polywan schema > site.schema.json', describe: 'the site’s' },
    { line: 'polywan schema profile', describe: 'a profile’s' },
    { line: 'polywan schema lint', describe: 'that of polywan.lint.yaml, with every check' },
  ],
  run: async ({ kind = 'site' }, { host }) => {
    const make = Object.hasOwn(SCHEMAS, String(kind)) ? SCHEMAS[String(kind)] : undefined;
    if (make === undefined)
      throw new UsageError(`no schema ${JSON.stringify(kind)}; there are ${Object.keys(SCHEMAS).join(', ')}`);
    host.stdout.write(`${JSON.stringify(make(), null, 2)}\n`);
    return 0;
  },
};
