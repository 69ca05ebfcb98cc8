import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { PLAIN, STRANGE } from '../unit/codec/shell/strange-scripts.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-strange-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The rules that bash makes of it, in a namespace of its own. */
function rulesOf(script: string): readonly string[] {
  const file = join(folder, 'fw.sh');
  writeFileSync(file, `${script}\n`);
  const { stdout } = spawnSync(
    'unshare',
    ['--net', 'sh', '-c', 'bash "$0" >/dev/null 2>&1; iptables-save', file],
    {
      encoding: 'utf8',
    },
  );
  return stdout.split('\n').filter((line) => line.startsWith('-A'));
}

const plain = rulesOf(PLAIN);

it.each(Object.values(STRANGE).flat())('bash makes the plain rules of it, too: %s', (_, script) => {
  expect(plain).toHaveLength(4);
  expect(rulesOf(script)).toEqual(plain);
});

it('iptables refuses the option of the other family', () => {
  expect(rulesOf('iptables -6 -A INPUT -j DROP; iptables -A INPUT -j ACCEPT --ipv6')).toEqual([]);
  expect(rulesOf('iptables -4 -A INPUT -j DROP')).toEqual(['-A INPUT -j DROP']);
});
