import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { execute, LAUNCHER } from './polywan.ts';

const root = mkdtempSync(join(tmpdir(), 'polywan-terminal-'));
afterAll(() => rmSync(root, { recursive: true }));

const RULES = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0x0 -j ACCEPT
-A PREROUTING -i lan0 -m conntrack --ctstate NEW -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x1/0xffffffff
-A PREROUTING -i lan0 -m conntrack --ctstate NEW -m mark --mark 0x0 -j MARK --set-xmark 0x2/0xffffffff
-A PREROUTING -i lan0 -p tcp -m tcp --dport 22 -j ACCEPT
-A PREROUTING -j CONNMARK --save-mark
COMMIT
`;

function machines(name: string, count: number): string {
  const home = join(root, name);
  for (let at = 0; at < count; at += 1) {
    mkdirSync(join(home, `host${at}`), { recursive: true });
    writeFileSync(join(home, `host${at}`, 'rules.v4'), RULES);
  }
  return home;
}

const COLUMNS = 60;

/** Runs polywan on a terminal of its own and returns what a person would get there, carriage returns and colours with it. */
function onTerminal(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  folder = root,
): string {
  const command = ['cd', `${folder};`, 'stty', 'cols', `${COLUMNS};`, LAUNCHER, ...words].join(' ');
  return execute('script', ['-qec', command, '/dev/null'], { TERM: 'xterm', ...env }).stdout;
}

const ESCAPE = '\u001b';

describe('polywan lint on a terminal', () => {
  it('says how far it is when it takes long, and wipes that at the end', () => {
    const home = machines('many', 300);
    const said = onTerminal(['lint', '--format=compact', home]);
    expect(said).toMatch(/polywan: \d+ of 300 machines/);
    const [, last = ''] = said.split(/polywan: \d+ of 300 machines(?![\s\S]*of 300 machines)/);
    expect(last.startsWith(`\r${ESCAPE}[K`)).toBe(true);
  }, 60_000);

  it('says nothing of that to a file', () => {
    const { stdout, stderr } = execute(LAUNCHER, ['lint', '--format=compact', join(root, 'many')]);
    expect(`${stdout}${stderr}`).not.toContain('of 300 machines');
  }, 60_000);

  it('is coloured there alone, and not against NO_COLOR', () => {
    const home = machines('one', 1);
    expect(onTerminal(['lint', home])).toContain(`${ESCAPE}[`);
    expect(onTerminal(['lint', home], { NO_COLOR: '1' })).not.toContain(`${ESCAPE}[`);
    expect(execute(LAUNCHER, ['lint', home]).stdout).not.toContain(ESCAPE);
  });

  it('keeps to the width of the terminal', () => {
    const said = onTerminal(['lint', 'host0'], { NO_COLOR: '1' }, machines('narrow', 1));
    const lines = said.split(/\r?\n/).filter((line) => !/^ {4}(?:-A|\^)/.test(line));
    expect(lines.length).toBeGreaterThan(10);
    // Rules stand as they are: a cure is there to be copied.
    expect(lines.filter((line) => line.length > COLUMNS)).toEqual([]);
  });
});
