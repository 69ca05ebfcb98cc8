import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recognizeFile } from '../../src/cli/lint/lint-file.ts';
import { readMachine } from '../../src/cli/lint/read-machine.ts';
import { nodeHost } from '../../src/host/node.ts';
import type { Example } from '../../src/lint/check.ts';
import { CHECKS } from '../../src/lint/checks.ts';
import type { Finding } from '../../src/lint/finding.ts';
import { lint } from '../../src/lint/lint.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What all checks find in the example, its files read as one machine from a folder of their own. */
async function findings(name: string, { files }: Example): Promise<readonly Finding[]> {
  const home = join(folder, name);
  const opened = Object.entries(files).map(([path, text]) => {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return { file, text, kind: recognizeFile(text, file, true) };
  });
  expect(opened.filter(({ kind }) => kind.kind === 'unknown')).toEqual([]);
  // A profile that a site names is read with it.
  const { machine, problems } = await readMachine(nodeHost(), { name, files: opened });
  expect(problems).toEqual([]);
  return lint(machine);
}

function inShort(found: readonly Finding[]): readonly string[] {
  return found.map(({ check, severity, message }) => `${check} (${severity}): ${message}`);
}

describe.each(CHECKS.map((check) => [check.id, check] as const))('%s', (id, check) => {
  it('is found in its bad example, and nothing else is', async () => {
    const found = await findings(`${id}-bad`, check.bad);
    expect(inShort(found.filter((one) => one.check !== id))).toEqual([]);
    expect(found.length).toBeGreaterThan(0);
    for (const one of found) {
      expect(one.message).toMatch(/\S/);
      expect(one.key).toMatch(/\S/);
      expect(one.span.end).toBeGreaterThanOrEqual(one.span.start);
    }
    const rank = ['error', 'warning', 'note'];
    expect(Math.min(...found.map(({ severity }) => rank.indexOf(severity)))).toBe(
      rank.indexOf(check.severity),
    );
  });

  it('is not found in its good example, and nothing else is', async () => {
    expect(inShort(await findings(`${id}-good`, check.good))).toEqual([]);
  });
});
