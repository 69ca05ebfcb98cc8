import { lintJsonSchema, profileJsonSchema, siteJsonSchema } from '../../config/json-schema.ts';
import { manualPage } from '../../config/manual.ts';
import { CHECK_GROUPS } from '../../lint/checks.ts';
import { completionScript } from '../completion-script.ts';
import { lintNames } from '../lint/lint-names.ts';
import { COMMANDS } from '../registry.ts';
import { checksPage } from './checks-page.ts';
import { commandPage } from './command-page.ts';

/** A file of the repository that is written by `npm run generate`, by its path from the project's folder. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const commands = await Promise.all(COMMANDS.map((entry) => entry.load()));
  return [
    { path: 'man/polywan.8', text: commandPage(commands) },
    { path: 'man/polywan.yaml.5', text: manualPage() },
    { path: 'man/polywan-checks.7', text: checksPage(CHECK_GROUPS) },
    { path: 'completion/polywan.bash', text: completionScript(commands) },
    { path: 'schema/site.schema.json', text: json(siteJsonSchema()) },
    { path: 'schema/profile.schema.json', text: json(profileJsonSchema()) },
    { path: 'schema/lint.schema.json', text: json(lintJsonSchema(lintNames())) },
  ];
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
