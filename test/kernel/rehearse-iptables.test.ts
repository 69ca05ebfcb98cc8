import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

// rehearse.test.ts takes the example sites as they are, which is with nftables.

const ROOT = new URL('../..', import.meta.url).pathname;
const SITES = join(ROOT, 'profiles/sites');

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polywan-example-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it.each(readdirSync(SITES))('the example site %s is as planned with iptables too', (name) => {
  cpSync(join(SITES, name), folder, { recursive: true });
  const file = join(folder, 'polywan.yaml');
  const text = readFileSync(file, 'utf8');
  expect(text).not.toMatch(/^backend:/m);
  writeFileSync(file, `${text}\nbackend: iptables\n`);
  const run = spawnSync(process.execPath, [join(ROOT, 'bin/polywan'), 'rehearse', '--json', '-c', file], {
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  const different = JSON.stringify(JSON.parse(run.stdout)).match(/"different"/g) ?? [];
  expect([run.status, different.length]).toEqual([0, 0]);
});
