import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { execute, LAUNCHER, PROJECT, polywan } from './polywan.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('lint', () => {
  it('finds nothing wrong with the example sites and the ready-made profiles', () => {
    const profiles = readdirSync(join(PROJECT, 'profiles')).filter((name) => name.endsWith('.yaml'));
    const sites = readdirSync(join(PROJECT, 'profiles/sites')).map((name) => `sites/${name}/polywan.yaml`);
    expect([...profiles, ...sites].length).toBeGreaterThan(5);
    expect(polywan(['lint', ...[...profiles, ...sites].map((name) => `profiles/${name}`)])).toEqual({
      code: 0,
      stdout: 'nothing wrong in 6 machines\n',
      stderr: '',
    });
  });

  it('tells everything at once, and the same as JSON', () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'name: fiber\ninterface: wan0\ngatewya: auto\nfamilies: ipv5\n');
    const text = polywan(['lint', file]);
    expect(text.code).toBe(1);
    expect(text.stdout).toContain(`${file}:3:1:`);
    expect(text.stdout).toContain('did you mean "gateway"?');
    expect(text.stdout).toContain(`${file}:4:11:`);
    expect(text.stdout).toMatch(/^2 errors$/m);
    const json = polywan(['lint', '--json', file]);
    expect(json.code).toBe(1);
    const { findings, summary } = JSON.parse(json.stdout) as {
      findings: readonly Record<string, unknown>[];
      summary: unknown;
    };
    expect(summary).toMatchObject({ errors: 2, warnings: 0 });
    expect(findings[0]).toMatchObject({
      check: 'config-invalid',
      severity: 'error',
      file,
      line: 3,
      column: 1,
      path: [],
    });
  });

  it('exits with 2 and without a stack when a file cannot be read', () => {
    expect(polywan(['lint', '-c', join(folder, 'none.yaml')])).toEqual({
      code: 2,
      stdout: '',
      stderr: `polywan: cannot read ${folder}/none.yaml: no such file\n`,
    });
    expect(polywan(['lint', join(folder, 'empty')])).toMatchObject({ code: 2, stdout: '' });
  });

  it('says so where the current folder has been taken away', () => {
    const gone = join(folder, 'gone');
    mkdirSync(gone);
    const { code, stderr } = execute('sh', ['-c', `cd ${gone}; rmdir ${gone}; '${LAUNCHER}' lint .`]);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/^polywan: cannot find the current folder: no such file or directory$/m),
    });
    expect(stderr).not.toContain('bug');
  });
});

describe('schema', () => {
  it('prints the published schemas', () => {
    for (const kind of ['site', 'profile'])
      expect(polywan(['schema', kind]).stdout).toBe(
        readFileSync(join(PROJECT, `schema/${kind}.schema.json`), 'utf8'),
      );
    expect(polywan(['schema']).stdout).toBe(polywan(['schema', 'site']).stdout);
  });
});

describe('completion', () => {
  /** What bash offers for a line that ends where the next word would. */
  function offered(line: string): string[] {
    const words = line.split(' ').map((word, at) => (at === 0 ? LAUNCHER : word));
    const script = `. <("$0" completion); COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')});
      COMP_CWORD=${words.length - 1}; _polywan; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = execute('bash', ['-c', script, LAUNCHER]);
    expect(stderr).toBe('');
    return stdout.trim().split('\n');
  }

  it('offers commands and options where each belongs', () => {
    expect(offered('polywan li')).toEqual(['lint']);
    expect(offered('polywan lint --j')).toEqual(['--json']);
    expect(offered('polywan -c site.yaml sch')).toEqual(['schema']);
    expect(offered('polywan wan ')).toEqual(['up', 'down', 'auto']);
    expect(offered('polywan confirm package.j')).toEqual(['']);
    expect(offered('polywan apply ')).toContain('--confirm');
    expect(offered('polywan schema pro')).toEqual(['profile']);
    expect(offered('polywan help sn')).toEqual(['snapshot']);
  });

  /** The words that bash makes of each line, typed with its tabs in a folder with these files and folders. */
  function typed(lines: readonly string[], files: readonly string[], folders: readonly string[]): string[] {
    const home = mkdtempSync(join(tmpdir(), 'polywan-completion-'));
    for (const name of files) writeFileSync(join(home, name), '');
    for (const name of folders) mkdirSync(join(home, name));
    const start = `. <('${LAUNCHER}' completion)
polywan() { printf '[%s]' "$@"; echo; }
bind 'set enable-bracketed-paste off'\n`;
    writeFileSync(join(home, 'start'), start);
    writeFileSync(join(home, 'keys'), [...lines, 'exit', ''].join('\n'));
    const bash = 'script -qec "bash --noprofile --rcfile start -i" /dev/null <keys';
    const { stdout } = execute('sh', ['-c', `cd ${home}; ${bash}`], { TERM: 'xterm', SHELL: '/bin/sh' });
    rmSync(home, { recursive: true });
    return stdout.split('\r\n').filter((line) => line.startsWith('['));
  }

  it('offers files where they belong, whatever their names are, and puts no slash behind other words', () => {
    const lines = {
      'polywan lint my\t': '[lint][my site.yaml]',
      'polywan lint "my\t': '[lint][my site.yaml]',
      'polywan plan --on o\t': '[plan][--on][one.yaml]',
      'polywan plan --on=o\t': '[plan][--on=one.yaml]',
      'polywan --config=o\tschem\tpro\t': '[--config=one.yaml][schema][profile]',
      'polywan init sch\tx': '[init][schema/x]',
      'polywan sch\tx': '[schema][x]',
      'polywan lint --severity=wa\t': '[lint][--severity=warning]',
      'polywan trace --in o\t': '[trace][--in][o]',
    };
    expect(typed(Object.keys(lines), ['my site.yaml', 'one.yaml'], ['schema'])).toEqual(Object.values(lines));
  });

  it('offers names of WANs of the site where one belongs', () => {
    const site = join(PROJECT, 'profiles/sites/home/polywan.yaml');
    expect(offered(`polywan wan down -c ${site} `)).toEqual(['fiber', 'cable', 'lte']);
    expect(offered(`polywan -c ${site} wan auto c`)).toEqual(['cable']);
    expect(offered(`polywan wan down cable -c ${site} `)).toEqual(['']);
    expect(offered(`polywan trace -c ${site} --down l`)).toEqual(['lte']);
  });

  it('offers none, and says nothing, where the site cannot be read', () => {
    const wrong = join(folder, 'wrong-site.yaml');
    writeFileSync(wrong, 'version: one\n');
    for (const site of [wrong, folder, join(folder, 'none.yaml')]) {
      expect(offered(`polywan wan down -c ${site} `)).toEqual(['']);
      expect(polywan(['completion', '--wans', '-c', site])).toEqual({ code: 0, stdout: '', stderr: '' });
    }
  });
});
