import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/registry.ts';
import { execute, LAUNCHER, PROJECT, polywan } from './polywan.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the program', () => {
  it('says its version, alone and beside other words', () => {
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
      version: string;
    };
    const said = { code: 0, stdout: `polywan ${version}\n`, stderr: '' };
    expect(polywan(['--version'])).toEqual(said);
    expect(polywan(['--no-color', '--version'])).toEqual(said);
    expect(polywan(['apply', '-c', 'none.yaml', '--version'])).toEqual(said);
  });

  it('lists its commands in its help', () => {
    const { code, stdout } = polywan(['--help']);
    expect(code).toBe(0);
    for (const { name, summary } of COMMANDS)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, 'm'));
    expect(polywan(['help']).stdout).toBe(stdout);
  });

  it('tells of a bug of its own by places in its sources', () => {
    const breaker = join(folder, 'breaker.cjs');
    writeFileSync(
      breaker,
      `const { flatMap } = Array.prototype;
Array.prototype.flatMap = function (...words) {
  if (/polywan.cjs/.test(new Error().stack)) throw new TypeError('made to fail');
  return flatMap.apply(this, words);
};`,
    );
    const { code, stderr } = polywan(['render', '-c', 'profiles/sites/home/polywan.yaml'], {
      NODE_OPTIONS: `--require ${breaker}`,
    });
    expect(stderr).toMatch(/^TypeError: made to fail\n( +at .*\n)* +at src\/\S+\.ts:\d+:\d+\n/);
    expect(stderr).toMatch(/\npolywan: this is a bug in polywan; please report it\n$/);
    expect(code).toBe(3);
  });

  it('is heard to its end by a reader that is slow', () => {
    const site = join(folder, 'site');
    mkdirSync(join(site, 'profiles'), { recursive: true });
    // Far more than the 64 KiB that a pipe takes at once.
    for (let wan = 0; wan < 100; wan += 1)
      writeFileSync(
        join(site, `profiles/${wan}.yaml`),
        `name: w${wan}\ninterface: wan${wan}\ngateway: none\n`,
      );
    writeFileSync(join(site, 'polywan.yaml'), 'version: 1\nlan: [lan0]\n');
    const slow = '"$@" | { sleep 0.5; tail -n 1; }';
    const { stdout } = execute('sh', [
      ...['-c', slow, 'sh', LAUNCHER],
      ...['render', '--json', '-c', join(site, 'polywan.yaml')],
    ]);
    expect(stdout).toBe(']\n');
  });
});

describe.each(COMMANDS.map(({ name }) => name))('polywan %s --help', (name) => {
  it('shows how it is used, with an example', () => {
    const { code, stdout, stderr } = polywan([name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: polywan ${name} [options]`);
    expect(stdout).toContain('Examples:');
    expect(polywan(['help', name]).stdout).toBe(stdout);
  });
});

describe('a mistake in the call', () => {
  it.each([
    [[], "no command given; 'polywan --help' lists them"],
    [['statsu'], 'unknown command "statsu"; did you mean status?'],
    [['frobnicate'], 'unknown command "frobnicate"; \'polywan --help\' lists them'],
    [['lint', '--jsno'], 'unknown option --jsno; did you mean --json?'],
    [['--confgi', 'x'], 'unknown command "x"; \'polywan --help\' lists them'],
    [['lint', '-c'], '-c needs a value'],
    [['schema', 'site', 'profile'], 'unexpected argument "profile"'],
    [['schema', 'house'], 'no schema "house"; there are site, profile, lint'],
    [['__proto__'], 'unknown command "__proto__"; \'polywan --help\' lists them'],
  ])('%j is told in one line and exits with 2', (args, message) => {
    expect(polywan(args)).toEqual({ code: 2, stdout: '', stderr: `polywan: ${message}\n` });
  });
});

describe('output', () => {
  it('to a reader that has left is no error', () => {
    const { stdout, stderr } = execute('bash', [
      '-c',
      `"$0" schema | head -c 1; echo " $PIPESTATUS"`,
      LAUNCHER,
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: '{ 0\n', stderr: '' });
  });

  it.each([[['schema']], [['--help']], [['--version']], [['lint', 'build/router']]])(
    'that cannot be written is told and exits with 3, not as if all were well (%j)',
    (words) => {
      const { code, stderr } = execute('sh', ['-c', '"$0" "$@" >/dev/full', LAUNCHER, ...words]);
      expect(code).toBe(3);
      expect(stderr).toMatch(
        /^polywan: cannot write all of the output: no space left on the device\n$|I\/O error/,
      );
    },
  );

  it('on standard error that is lost changes nothing else', () => {
    const { code, stdout } = execute('sh', ['-c', '"$0" lint build/router 2>/dev/full', LAUNCHER]);
    const heard = polywan(['lint', 'build/router']);
    expect({ code, stdout }).toEqual({ code: heard.code, stdout: heard.stdout });
  });

  it('has no colour where there is no terminal', () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'version: 1\nlann: [lan0]\n');
    const { code, stdout, stderr } = polywan(['lint', file]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain(`${file}:2:1:`);
    expect(stdout).not.toContain('\u001b');
  });

  it('has colour on a terminal, unless NO_COLOR or --no-color says otherwise', () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'version: 1\nlann: [lan0]\n');
    const onTerminal = (options: string, env: Readonly<Record<string, string>> = {}) =>
      execute('script', ['-qec', `'${LAUNCHER}' lint ${options} '${file}'`, '/dev/null'], {
        TERM: 'xterm',
        SHELL: '/bin/sh',
        ...env,
      }).stdout;
    expect(onTerminal('')).toContain('\u001b[');
    expect(onTerminal('', { NO_COLOR: '1' })).not.toContain('\u001b[');
    expect(onTerminal('--no-color')).not.toContain('\u001b[');
  });
});
