import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recognizeFile } from '../../src/cli/lint/lint-file.ts';
import { readMachine } from '../../src/cli/lint/read-machine.ts';
import { nodeHost } from '../../src/host/node.ts';
import { MARK_FLOW_CHECKS } from '../../src/lint/groups/mark-flow.ts';
import { MASKS_CHECKS } from '../../src/lint/groups/masks.ts';
import { NAT_CHECKS } from '../../src/lint/groups/nat.ts';
import { RULES_AND_ROUTES_CHECKS } from '../../src/lint/groups/rules-and-routes.ts';
import { RULESETS_CHECKS } from '../../src/lint/groups/rulesets.ts';
import { SITES_CHECKS } from '../../src/lint/groups/sites.ts';
import { lint } from '../../src/lint/lint.ts';

/** A folder for each: the machine's files, README with what is wrong, expected.txt with the beginnings of the findings. */
const FOLDER = join(import.meta.dirname, '../unit/lint/published-tools');

const CHECKS = [
  ...MARK_FLOW_CHECKS,
  ...MASKS_CHECKS,
  ...RULES_AND_ROUTES_CHECKS,
  ...NAT_CHECKS,
  ...RULESETS_CHECKS,
  ...SITES_CHECKS,
];

/** Notes count where one is expected. */
async function found(name: string, withNotes: boolean): Promise<readonly string[]> {
  const home = join(FOLDER, name);
  const files = readdirSync(home)
    .filter((file) => file !== 'README' && file !== 'expected.txt')
    .map((file) => {
      const path = join(home, file);
      const text = readFileSync(path, 'utf8');
      return { file: path, text, kind: recognizeFile(text, path, true) };
    });
  const { machine, problems } = await readMachine(nodeHost(), { name, files });
  expect(problems).toEqual([]);
  return lint(machine, CHECKS)
    .filter(({ severity }) => withNotes || severity !== 'note')
    .map(({ check, severity, message }) => `${severity} ${check}: ${message}`);
}

describe('bugs of published tools', () => {
  it.each(readdirSync(FOLDER, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? one.name : [])))(
    '%s is found, and nothing else',
    async (name) => {
      const expected = readFileSync(join(FOLDER, name, 'expected.txt'), 'utf8')
        .trim()
        .split('\n');
      const all = await found(
        name,
        expected.some((line) => line.startsWith('note ')),
      );
      expect(all.map((line) => expected.find((one) => line.startsWith(one)) ?? line).sort()).toEqual(
        expected.sort(),
      );
    },
  );
});
