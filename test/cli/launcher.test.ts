import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute, LAUNCHER, PROJECT, polywan } from './polywan.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polywan-launcher-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the launcher', () => {
  it('finds the program through links, from its own folder, and by sh', () => {
    const { stdout } = polywan(['--help']);
    symlinkSync(LAUNCHER, join(folder, 'one'));
    symlinkSync('one', join(folder, 'two'));
    expect(execute(join(folder, 'two'), ['--help']).stdout).toBe(stdout);
    expect(execute('sh', ['-c', 'cd bin && ./polywan --help']).stdout).toBe(stdout);
    expect(execute('sh', ['-c', 'cd bin && sh polywan --help']).stdout).toBe(stdout);
    expect(execute('sh', ['bin/polywan', '--help']).stdout).toBe(stdout);
  });

  it('keeps words with blanks and quotes as they are', () => {
    expect(polywan(['explain', `no  "such" 'check' * $HOME`]).stderr).toContain(
      `called "no  \\"such\\" 'check' * $HOME"`,
    );
  });

  it('says what is missing, and the cure', () => {
    mkdirSync(join(folder, 'bin'));
    copyFileSync(LAUNCHER, join(folder, 'bin/polywan'));
    expect(execute(join(folder, 'bin/polywan'), ['lint'])).toEqual({
      code: 3,
      stdout: '',
      stderr: 'polywan: its program file is missing; build it with: npm run build\n',
    });
    expect(execute(LAUNCHER, ['lint'], { PATH: folder })).toEqual({
      code: 3,
      stdout: '',
      stderr: 'polywan: node is not in PATH; install it: apt install nodejs\n',
    });
  });
});

/** What Node is called with, told by one that stands before it in PATH. */
function calledWith(words: readonly string[], sameTime: boolean, env: Readonly<Record<string, string>> = {}) {
  const node = join(folder, 'node');
  writeFileSync(node, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(node, 0o755);
  if (sameTime) execute('touch', ['-r', process.execPath, node]);
  const { stdout } = execute(LAUNCHER, words, { PATH: `${folder}:${process.env.PATH}`, ...env });
  return stdout.trim().split('\n');
}

const PROGRAM = join(PROJECT, 'dist/polywan.cjs');

describe('the snapshot that Node starts from', () => {
  it.each([
    [['apply', '--boot'], 'apply'],
    [['-c', 'lint.yaml', 'plan'], 'apply'],
    [['lint', 'x'], 'lint'],
    [['-c', 'x', 'verify'], 'trace'],
    [['trace'], 'trace'],
  ])('of `polywan %j` is the one of %s', (words, kind) => {
    expect(calledWith(words, true)).toEqual([
      '--snapshot-blob',
      `${PROGRAM}.${kind}.snapshot`,
      PROGRAM,
      ...words,
    ]);
  });

  it('is none where Node is another one, or is told to behave otherwise, and for what stays', () => {
    expect(calledWith(['monitor'], true)).toEqual([PROGRAM, 'monitor']);
    expect(calledWith(['lint'], false)).toEqual([PROGRAM, 'lint']);
    expect(calledWith(['lint'], true, { NODE_OPTIONS: '--max-old-space-size=100' })).toEqual([
      PROGRAM,
      'lint',
    ]);
  });

  it('does not have Node read certificates that nobody asks for', () => {
    const file = join(folder, 'none.pem');
    const env = { NODE_EXTRA_CA_CERTS: file };
    expect(polywan(['schema'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(execute(process.execPath, ['-e', '0'], env).stderr).toContain(file);
  });

  it.each([[['schema']], [['trace', '--help']], [['lint', 'nowhere']], [['status', '-c', 'nowhere']]])(
    'changes nothing in what `polywan %j` says',
    (words) => {
      const from = polywan(words);
      expect(from.stdout + from.stderr).not.toBe('');
      expect(execute(process.execPath, [PROGRAM, ...words])).toEqual(from);
    },
  );
});
