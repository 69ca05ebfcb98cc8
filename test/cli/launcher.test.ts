import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withoutCodeCache } from '../../scripts/without-code-cache.mjs';
import { execute, LAUNCHER, PROJECT, polywan } from './polywan.ts';

const DIST = join(PROJECT, 'dist');

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
    // Where CDPATH would lead.
    mkdirSync(join(folder, 'bin'));
    expect(execute(join(folder, 'two'), ['--help']).stdout).toBe(stdout);
    expect(execute('sh', ['-c', 'cd bin && ./polywan --help']).stdout).toBe(stdout);
    expect(execute('sh', ['-c', 'cd bin && sh polywan --help']).stdout).toBe(stdout);
    expect(execute('sh', ['bin/polywan', '--help']).stdout).toBe(stdout);
    expect(execute('sh', ['-c', 'bin/polywan --help'], { CDPATH: folder }).stdout).toBe(stdout);
  });

  it('starts from snapshots that hold polywan, and no compiled modules of Node besides', () => {
    const snapshots = readdirSync(DIST).filter((name) => name.endsWith('.snapshot'));
    expect(snapshots).toHaveLength(3);
    for (const name of snapshots) expect(withoutCodeCache(readFileSync(join(DIST, name)))).toBeUndefined();
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

describe('a Node that lacks what polywan needs', () => {
  it('is named in package.json as the range that the program and the build tell of', () => {
    const { engines } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    expect(engines.node).toBe('^20.19 || >=22.3');
  });

  const asNode = (version: string, ...words: readonly string[]) => {
    const preload = join(folder, 'preload.cjs');
    const versions = `{ ...process.versions, node: '${version}' }`;
    writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
    return execute(process.execPath, ['-r', preload, ...words]);
  };
  const started = (version: string) =>
    asNode(version, join(DIST, 'start.cjs'), join(DIST, 'polywan.cjs'), 'explain', 'mark_mask');

  it.each(['18.20.8', '20.9.0', '20.18.3', '21.7.3', '22.2.0'])(
    'is told by what it starts and by the build: %s',
    (version) => {
      expect(started(version)).toEqual({
        code: 3,
        stdout: '',
        stderr: `polywan: it needs Node 20.19, or 22.3 or newer, and ${process.execPath} is ${version}\n`,
      });
      expect(asNode(version, join(PROJECT, 'build.mjs'))).toEqual({
        code: 3,
        stdout: '',
        stderr: `build.mjs: Node 20.19, or 22.3 or newer is needed, and this is ${version}\n`,
      });
    },
  );

  it.each(['20.19.0', '22.3.0', '23.0.0', '100.0.0'])('is not %s', (version) => {
    expect(started(version)).toMatchObject({ code: 0, stderr: '' });
  });
});

const PROGRAM = join(PROJECT, 'dist/polywan.cjs');
const PROCESSOR = '/sys/devices/system/cpu/modalias';

/** An installation whose Node only says what it is called with. */
function installed() {
  const node = join(folder, 'node');
  const program = join(folder, 'dist/polywan.cjs');
  for (const name of ['bin', 'dist']) mkdirSync(join(folder, name));
  copyFileSync(LAUNCHER, join(folder, 'bin/polywan'));
  writeFileSync(node, '#!/bin/sh\nprintf "%s\\n" "$@"\necho "memory: $GLIBC_TUNABLES" >&2\n');
  chmodSync(node, 0o755);
  writeFileSync(program, '');
  writeFileSync(`${program}.snapshots`, `${readFileSync(PROCESSOR, 'utf8')}--one --two\n`);
  for (const kind of ['apply', 'lint', 'trace']) {
    writeFileSync(`${program}.${kind}.snapshot`, '');
    execute('touch', ['-r', node, `${program}.${kind}.snapshot`]);
  }
  const call = (words: readonly string[], env: Readonly<Record<string, string>>) =>
    execute(join(folder, 'bin/polywan'), words, { PATH: `${folder}:${process.env.PATH}`, ...env });
  return {
    node,
    program,
    plain: [join(folder, 'dist/start.cjs'), program],
    calledWith: (words: readonly string[], env = {}) => call(words, env).stdout.trim().split('\n'),
    memoryOf: (words: readonly string[], env = {}) => call(words, env).stderr.trim(),
  };
}

describe('the snapshot that Node starts from', () => {
  it.each([
    [['apply', '--boot'], 'apply'],
    [['-c', 'lint.yaml', 'plan'], 'apply'],
    [['lint', 'x'], 'lint'],
    [['-c', 'x', 'verify'], 'trace'],
    [['trace'], 'trace'],
  ])('of `polywan %j` is the one of %s', (words, kind) => {
    const { program, calledWith } = installed();
    const flags = kind === 'lint' ? [] : ['--one', '--two'];
    const snapshot = ['--snapshot-blob', `${program}.${kind}.snapshot`];
    expect(calledWith(words)).toEqual([...flags, ...snapshot, program, ...words]);
  });

  it('is none for what stays, nor with options that change Node', () => {
    const { plain, calledWith } = installed();
    expect(calledWith(['monitor'])).toEqual([...plain, 'monitor']);
    const options = { NODE_OPTIONS: '--max-old-space-size=100' };
    expect(calledWith(['lint'], options)).toEqual([...plain, 'lint']);
  });

  it('is none of another Node', () => {
    const { node, plain, calledWith } = installed();
    execute('touch', ['-d', '2001-01-01', node]);
    expect(calledWith(['lint'])).toEqual([...plain, 'lint']);
    execute('touch', ['-d', '2038-01-01', node]);
    expect(calledWith(['lint'])).toEqual([...plain, 'lint']);
  });

  it('is none of another processor', () => {
    const { program, plain, calledWith } = installed();
    writeFileSync(`${program}.snapshots`, 'cpu:type:x86,ven0000fam0006mod0001:feature:,0000\n\n');
    expect(calledWith(['lint'])).toEqual([...plain, 'lint']);
    rmSync(`${program}.snapshots`);
    expect(calledWith(['lint'])).toEqual([...plain, 'lint']);
  });

  it('is read into big pages, where nobody has said how memory is laid out', () => {
    const { memoryOf } = installed();
    expect(memoryOf(['apply'])).toMatch(/^memory: glibc\.malloc\.hugetlb=1:/);
    expect(memoryOf(['apply'], { GLIBC_TUNABLES: 'own' })).toBe('memory: own');
    expect(memoryOf(['monitor'])).toBe('memory:');
  });

  it.each([
    ['lint', 'lint'],
    ['apply', 'plan'],
    ['trace', 'verify'],
  ])('of %s is used here', (kind, command) => {
    const own = execute('sh', ['-x', LAUNCHER, command, '--help']).stderr;
    expect(own).toContain(`--snapshot-blob ${PROGRAM}.${kind}.snapshot`);
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
      expect(execute(LAUNCHER, words, { NODE_OPTIONS: '--no-warnings' })).toEqual(from);
    },
  );
});
