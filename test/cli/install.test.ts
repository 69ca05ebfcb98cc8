import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute, PROJECT } from './polywan.ts';

const INSTALLER = join(PROJECT, 'scripts/install.mjs');
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'polywan-root-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function installer(action: string) {
  return execute(process.execPath, [INSTALLER, action, '--root', root]);
}

function everything(): string[] {
  return execute('find', [root, '-mindepth', '1', '-printf', '%P\\n'])
    .stdout.split('\n')
    .filter(Boolean)
    .sort();
}

describe('installing below a folder', () => {
  it('puts a program there that runs, with its pages, completion, profiles, schemas and service', () => {
    expect(installer('install')).toMatchObject({ code: 0, stderr: '' });
    const local = join(root, 'usr/local');
    expect(execute(join(local, 'bin/polywan'), ['schema']).stdout).toBe(
      readFileSync(join(local, 'share/polywan/schema/site.schema.json'), 'utf8'),
    );
    const site = join(local, 'share/polywan/profiles/sites/home/polywan.yaml');
    expect(execute(join(local, 'bin/polywan'), ['lint', site])).toMatchObject({ code: 0 });
    expect(everything()).toEqual(
      expect.arrayContaining([
        'usr/local/lib/polywan/agent.cjs',
        'usr/local/lib/systemd/system/polywan-monitor.service',
        'usr/local/lib/systemd/system/polywan.service',
        'usr/local/share/bash-completion/completions/polywan',
        'usr/local/share/man/man5/polywan.yaml.5',
        'usr/local/share/man/man7/polywan-checks.7',
        'usr/local/share/man/man8/polywan.8',
      ]),
    );
  });

  it('and taking away again leaves exactly what was there', () => {
    mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
    writeFileSync(join(root, 'usr/local/bin/other'), '');
    const before = everything();
    installer('install');
    installer('install');
    writeFileSync(join(root, 'usr/local/share/man/man8/other.8'), '');
    expect(installer('uninstall')).toMatchObject({ code: 0, stderr: '' });
    expect(everything()).toEqual(
      [
        ...before,
        'usr/local/share',
        'usr/local/share/man',
        'usr/local/share/man/man8',
        'usr/local/share/man/man8/other.8',
      ].sort(),
    );
    expect(installer('uninstall').stdout).toContain('is not installed');
  });

  it('takes back what it has put there when something is in the way', () => {
    mkdirSync(join(root, 'usr/local/lib/systemd/system/polywan.service'), { recursive: true });
    const before = everything();
    expect(installer('install').code).not.toBe(0);
    expect(everything()).toEqual(before);
  });

  it('lets everybody read it, however strict the umask is', () => {
    expect(
      execute('sh', [
        '-c',
        `umask 077; exec "$0" "$@"`,
        process.execPath,
        INSTALLER,
        'install',
        '--root',
        root,
      ]).code,
    ).toBe(0);
    const local = join(root, 'usr/local');
    expect(
      execute('find', [local, '(', '-not', '-perm', '-444', '-o', '-type', 'd', '-not', '-perm', '-111', ')'])
        .stdout,
    ).toBe('');
  });

  it.each([
    ['polywan', 'apply --boot'],
    ['polywan-monitor', 'monitor'],
  ])('gives a service %s that systemd accepts', (name, command) => {
    installer('install');
    const text = readFileSync(join(root, `usr/local/lib/systemd/system/${name}.service`), 'utf8');
    expect(text).toContain(`ExecStart=/usr/local/bin/polywan ${command}\n`);
    const program = join(root, 'usr/local/bin/polywan');
    expect(existsSync(program)).toBe(true);
    // What one of them names of the other is there, too.
    for (const unit of ['polywan', 'polywan-monitor']) {
      const found = readFileSync(join(root, `usr/local/lib/systemd/system/${unit}.service`), 'utf8');
      writeFileSync(join(root, `${unit}.service`), found.replaceAll('/usr/local/bin/polywan', program));
    }
    const unit = join(root, `${name}.service`);
    const { code, stdout, stderr } = execute('systemd-analyze', ['verify', '--man=no', unit]);
    expect({ code, said: stdout + stderr }).toEqual({ code: 0, said: '' });
  });
});

it.each([
  ['a word it does not know', ['instal']],
  ['no word', []],
  ['an option it does not know', ['install', '--rot']],
  ['no folder behind --root', ['install', '--root']],
  ['an empty name of a folder', ['install', '--root', '']],
])('the installer tells who calls it with %s how it is called', (_, args) => {
  expect(execute(process.execPath, [INSTALLER, ...args])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'usage: install.mjs install|uninstall [--root DIR]\n',
  });
});

it('the installer says in a line what it cannot write', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const { code, stderr } = execute(process.execPath, [INSTALLER, 'install', '--root', file]);
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr: expect.stringMatching(/^install\.mjs: ENOTDIR: not a directory, .*\n$/),
  });
});
