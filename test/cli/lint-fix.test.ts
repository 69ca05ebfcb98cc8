import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../src/lint/unified-diff.ts';
import { execute, LAUNCHER, polywan } from './polywan.ts';

const root = mkdtempSync(join(tmpdir(), 'polywan-fix-'));
const folder = join(root, 'etc');
afterAll(() => rmSync(root, { recursive: true }));

/** Mail's rule takes away Tailscale's bits; when it is masked, the policy rule has to be so too. */
const RULES = `*mangle
:OUTPUT ACCEPT [0:0]
-A OUTPUT -p tcp --dport 25 -j MARK --set-mark 0x1
COMMIT
*filter
:FORWARD ACCEPT [0:0]
:ts-forward - [0:0]
-A FORWARD -j ts-forward
-A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000
-A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT
COMMIT
`;
const LISTING = `0:\tfrom all lookup local
100:\tfrom all fwmark 0x1 lookup 200
32766:\tfrom all lookup main
32767:\tfrom all lookup default
`;
const CURED = RULES.replace('--set-mark 0x1', '--set-xmark 0x1/0xff');
const CURED_LISTING = LISTING.replace('fwmark 0x1 ', 'fwmark 0x1/0xff ');

const text = (name: string) => readFileSync(join(folder, name), 'utf8');

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  execFileSync('mkdir', [folder]);
  writeFileSync(join(folder, 'rules.v4'), RULES);
  writeFileSync(join(folder, 'rules.txt'), LISTING);
});

describe('lint --fix', () => {
  it('writes a cure together with the one it calls for, shows both, and finds nothing left', () => {
    expect(polywan(['lint', folder]).stdout).toContain('[foreign-bits-clobbered]');
    const { code, stdout, stderr } = polywan(['lint', folder, '--fix']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      '-100:\tfrom all fwmark 0x1 lookup 200\n+100:\tfrom all fwmark 0x1/0xff lookup 200\n',
    );
    expect(stdout).toMatch(/\nnothing wrong\n$/);
    expect([text('rules.v4'), text('rules.txt')]).toEqual([CURED, CURED_LISTING]);
    expect(readdirSync(folder).sort()).toEqual(['rules.txt', 'rules.v4']);
  });

  it('keeps a file’s mode, and a link a link', () => {
    chmodSync(join(folder, 'rules.v4'), 0o751);
    cpSync(join(folder, 'rules.txt'), join(root, 'elsewhere.txt'));
    rmSync(join(folder, 'rules.txt'));
    symlinkSync('../elsewhere.txt', join(folder, 'rules.txt'));
    expect(polywan(['lint', folder, '--fix'])).toMatchObject({ code: 0 });
    expect(statSync(join(folder, 'rules.v4')).mode & 0o777).toBe(0o751);
    expect(readFileSync(join(root, 'elsewhere.txt'), 'utf8')).toBe(CURED_LISTING);
    expect(readdirSync(folder, { withFileTypes: true }).map((entry) => entry.isSymbolicLink())).toEqual([
      true,
      false,
    ]);
  });

  it('writes nothing with --dry-run, whose diff git apply takes, and still fails', () => {
    const { code, stdout } = polywan(['lint', folder, '--fix', '--dry-run']);
    expect(code).toBe(1);
    expect([text('rules.v4'), text('rules.txt')]).toEqual([RULES, LISTING]);
    const diff = stdout.slice(0, stdout.indexOf('\nNothing was written'));
    execFileSync('git', ['apply', '--unsafe-paths', '-'], { cwd: '/', input: diff });
    expect([text('rules.v4'), text('rules.txt')]).toEqual([CURED, CURED_LISTING]);
  });

  it('says so where it cannot write', () => {
    const script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$1" lint "$0" --fix';
    const words = ['--mount', 'sh', '-c', script, folder, LAUNCHER];
    const { code, stdout, stderr } = execute('unshare', words);
    expect(code).toBe(3);
    expect(stdout).toContain('Not all of this could be written.');
    expect(stderr).toContain('rules.v4: the file system is read-only');
    expect(text('rules.v4')).toBe(RULES);
  });

  it('keeps the diff out of what a program reads', () => {
    const { stdout, stderr } = polywan(['lint', folder, '--fix', '--dry-run', '--json']);
    expect(JSON.parse(stdout).findings).toEqual([]);
    expect(stderr).toContain('+++ b/');
  });

  it('is for files alone', () => {
    for (const [words, why] of [
      [['--fix', '--live'], 'never a running machine'],
      [['--fix', '-'], 'standard input'],
      [['--dry-run', folder], '--dry-run needs --fix'],
      [['--fix', folder, '--baseline', 'b.json', '--update-baseline'], 'exclude each other'],
    ] as const) {
      const { code, stderr } = polywan(['lint', ...words]);
      expect(code).toBe(2);
      expect(stderr).toContain(why);
    }
  });
});

it('a diff is what git apply makes the new text with', () => {
  const line = fc.constantFrom('a', 'b', 'c', 'd', '');
  const lines = fc
    .tuple(fc.array(line, { minLength: 1, maxLength: 40 }), fc.boolean())
    .map(([words, ends]) => `x\n${words.join('\n')}${ends ? '\n' : ''}`);
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const diff = unifiedDiff('f', before, after);
      writeFileSync(join(root, 'f'), before);
      if (diff !== '') execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: root, input: diff });
      expect(readFileSync(join(root, 'f'), 'utf8')).toBe(after);
    }),
    { numRuns: 60 },
  );
});
