import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

// rehearse.test.ts takes the example sites as they are, which is with nftables; the sites for tests are tried with both.

const ROOT = new URL('../..', import.meta.url).pathname;
const SITES = join(ROOT, 'profiles/sites');
const ODD_SITES = join(ROOT, 'test/sites');

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polywan-example-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it.each(readdirSync(SITES))('the example site %s is as planned with iptables too', (name) => {
  expect(rehearsed(join(SITES, name), 'iptables')).toEqual({ status: 0, stderr: '', different: 0 });
});

const ODD = readdirSync(ODD_SITES).flatMap((name) => [
  [name, 'nftables'],
  [name, 'iptables'],
]);

it.each(ODD)('the site %s is as planned with %s', (name, backend) => {
  expect(rehearsed(join(ODD_SITES, name), backend)).toEqual({ status: 0, stderr: '', different: 0 });
});

// Delegated prefixes; WANs with and without translation in one policy; more refusals at once than a kernel tells of; the one
// address on a shared interface that is nobody else's; two in one network there.
it.each(['nptv6', 'masquerade', 'steering', 'shared-interface-one-gateway', 'shared-interface-snat'])(
  'the golden site %s is as planned',
  (name) => {
    expect(rehearsed(join(ROOT, 'test/golden', name), 'auto').different).toBe(0);
  },
);

function rehearsed(site: string, backend: string) {
  cpSync(site, folder, { recursive: true });
  const file = join(folder, 'polywan.yaml');
  const text = readFileSync(file, 'utf8');
  expect(text).not.toMatch(/^backend:/m);
  writeFileSync(file, `${text}\nbackend: ${backend}\n`);
  const program = join(ROOT, 'bin/polywan');
  const { status, stdout, stderr } = spawnSync(program, ['rehearse', '--json', '-c', file], {
    encoding: 'utf8',
  });
  const different = JSON.stringify(JSON.parse(stdout)).match(/"different"/g) ?? [];
  return { status, stderr, different: different.length };
}
