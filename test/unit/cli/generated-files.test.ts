import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/cli/command.ts';
import { GLOBAL_OPTIONS } from '../../../src/cli/global-options.ts';
import { generatedFiles } from '../../../src/cli/manual/generated-files.ts';
import { EXIT_CODES } from '../../../src/cli/manual/prose.ts';
import { COMMANDS } from '../../../src/cli/registry.ts';
import { VERSION } from '../../../src/cli/version.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const files = await generatedFiles();
const commands = await Promise.all(COMMANDS.map((entry) => entry.load()));
const page = readFileSync(join(PROJECT, 'man/polywan.8'), 'utf8');

describe.each(files)('$path', ({ path, text }) => {
  it('is what npm run generate writes', () => {
    expect(readFileSync(join(PROJECT, path), 'utf8')).toBe(text);
  });
});

describe.each(files.filter(({ path }) => path.startsWith('man/')))('$path', ({ path }) => {
  it('formats without a warning', () => {
    const output = execFileSync('sh', ['-c', 'man --warnings -l "$1" 2>&1 >/dev/null', 'sh', path], {
      cwd: PROJECT,
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8' },
    });
    expect(output).toBe('');
  });
});

/** The text between a section's head and the next. */
function section(head: string): string {
  return page.split(/^(?=\.S[hs] )/m).find((part) => part.startsWith(head)) ?? '';
}

function optionsIn(text: string): string[] {
  return [...text.matchAll(/^\.It Sy (.*)$/gm)].map(
    ([, form = '']) => /\\-\\-([a-z\\-]+)/.exec(form)?.[1]?.replaceAll('\\-', '-') ?? form,
  );
}

function visible(options: Command['options']): string[] {
  return Object.entries(options).flatMap(([name, spec]) => (spec.hidden === true ? [] : [name]));
}

describe('polywan(8)', () => {
  it('has every command in its order, and no other', () => {
    const heads = [...page.matchAll(/^\.Ss polywan (\S+)/gm)].map(([, name]) => name);
    expect(heads).toEqual(commands.map(({ name }) => name));
  });

  it.each(commands)('has every option of $name, and no other', (command) => {
    expect(optionsIn(section(`.Ss polywan ${command.name}`))).toEqual(visible(command.options));
  });

  it('has every option that all commands take', () => {
    expect(optionsIn(section('.Sh OPTIONS OF EVERY COMMAND'))).toEqual(visible(GLOBAL_OPTIONS));
  });

  it('has every exit code, and no other', () => {
    const codes = [...section('.Sh EXIT STATUS').matchAll(/^\.It (\d+)$/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual([0, 1, 2, 3]);
    expect(EXIT_CODES.map(({ code }) => code)).toEqual([0, 1, 2, 3]);
  });
});

describe('polywan(8) as it is read', () => {
  const shown = execFileSync('sh', ['-c', 'man -l man/polywan.8'], {
    cwd: PROJECT,
    encoding: 'utf8',
    env: { ...process.env, MANPAGER: 'cat', MANWIDTH: '200', LC_ALL: 'C.UTF-8' },
  });
  const lines = shown.split('\n').map((line) => line.trim());

  it.each(commands)('has the examples of $name as they can be typed', ({ examples }) => {
    for (const { line, describe: what } of examples) {
      expect(lines.find((one) => one.startsWith(line))).toBeDefined();
      expect(shown.replace(/\s+/g, ' ')).toContain(`${line} ${what}`.replaceAll('’', "'"));
    }
  });

  it('has every variable that the program asks for', () => {
    const asked = execFileSync('grep', ['-rhoE', "env\\('POLYWAN_[A-Z_]+'", 'src'], {
      cwd: PROJECT,
      encoding: 'utf8',
    });
    const names = new Set(asked.match(/POLYWAN_[A-Z_]+/g) ?? []);
    // Where a root folder stands in for /, for tests that must not write the machine's own files.
    names.delete('POLYWAN_ROOT');
    expect([...names].sort()).toEqual(['POLYWAN_IPTABLES', 'POLYWAN_STATE_DIR', 'POLYWAN_TOOL_TIMEOUT']);
    for (const name of names) expect(lines).toContain(name);
  });
});

it('the version is the package’s', () => {
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
});
