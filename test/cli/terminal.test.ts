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

function typed(line: string, folder: string): string {
  return `polywan() { '${LAUNCHER}' "$@"; }; cd ${folder}; ${line}`;
}

/** What a person would get who types this on a terminal of its own, carriage returns and colours with it. */
function onTerminal(line: string, env: Readonly<Record<string, string>> = {}, folder = root): string {
  const words = ['-qec', `stty cols ${COLUMNS}; ${typed(line, folder)}`, '/dev/null'];
  return execute('script', words, { TERM: 'xterm', SHELL: '/bin/sh', ...env }).stdout;
}

/** However quick the machine is, this takes longer than a second: from when the pipe is opened for reading. */
const LONG =
  'mkfifo late; { sleep 1.5; cat host0/rules.v4; } >late & polywan lint --format=compact host* late; wait';

const ESCAPE = '\u001b';

describe('polywan lint on a terminal', () => {
  it('says how far it is when it takes long, and wipes that at the end', () => {
    const said = onTerminal(LONG, {}, machines('many', 20));
    expect(said).toMatch(/polywan: \d+ of 21 machines/);
    const [, last = ''] = said.split(/polywan: \d+ of 21 machines(?![\s\S]*of 21 machines)/);
    expect(last.startsWith(`\r${ESCAPE}[K`)).toBe(true);
  });

  it('says nothing of that to a file', () => {
    const { stdout, stderr } = execute('sh', ['-c', typed(LONG, machines('more', 20))]);
    expect(stdout).toContain('late:');
    expect(`${stdout}${stderr}`).not.toContain('of 21 machines');
  });

  it('is coloured there alone, and not against NO_COLOR', () => {
    const home = machines('one', 1);
    expect(onTerminal(`polywan lint ${home}`)).toContain(`${ESCAPE}[`);
    expect(onTerminal(`polywan lint ${home}`, { NO_COLOR: '1' })).not.toContain(`${ESCAPE}[`);
    expect(execute(LAUNCHER, ['lint', home]).stdout).not.toContain(ESCAPE);
  });

  it('keeps to the width of the terminal', () => {
    const said = onTerminal('polywan lint host0', { NO_COLOR: '1' }, machines('narrow', 1));
    const lines = said.split(/\r?\n/).filter((line) => !/^ {4}(?:-A|\^)/.test(line));
    expect(lines.length).toBeGreaterThan(10);
    // Rules stand as they are: a cure is there to be copied.
    expect(lines.filter((line) => line.length > COLUMNS)).toEqual([]);
  });
});
