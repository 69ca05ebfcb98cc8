import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nodeHost } from '../../src/host/node.ts';
import { polywan } from './polywan.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-monitor-'));
const state = join(folder, 'state');
const file = join(folder, 'polywan.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

/** None of these starts a daemon or touches the machine: they end before, or only ask and read. */
function run(...args: readonly string[]) {
  return polywan(args, { POLYWAN_STATE_DIR: state });
}

function writeProfile(health: string): void {
  writeFileSync(
    join(folder, 'profiles/fiber.yaml'),
    `name: fiber\ninterface: wan0\nprobes: [{ ping: 203.0.113.1 }]\nhealth: ${health}\n`,
  );
}

beforeAll(() => {
  mkdirSync(join(folder, 'profiles'));
  writeFileSync(file, 'version: 1\n');
});
beforeEach(() => {
  rmSync(state, { recursive: true, force: true });
  writeProfile('{ interval: 200ms }');
});

describe('polywan monitor', () => {
  it('explains itself, with what it can be told and where its lines go', () => {
    const { code, stdout } = run('monitor', '--help');
    expect(code).toBe(0);
    for (const word of ['--watch-config', '--record', '--metrics', '--config', 'SIGHUP'])
      expect(stdout).toContain(word);
  });

  it.each(['nonsense', '9765', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:99999', 'localhost:9765', '::1:9765'])(
    'refuses to answer Prometheus at %s',
    (where) => {
      const { code, stderr } = run('monitor', '-c', file, '--metrics', where);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining(
          `--metrics needs an address and a port such as 127.0.0.1:9765, not ${where}`,
        ),
      });
    },
  );

  it('refuses intervals below 10ms, and shows where one stands', () => {
    writeProfile('{ interval: 9ms }');
    const { code, stderr } = run('monitor', '-c', file);
    expect(code).toBe(2);
    expect(stderr).toMatch(/profiles\/fiber\.yaml:4:21: .*10ms/);
    expect(stderr).toContain('health: { interval: 9ms }');
  });

  it('refuses a recording that cannot be written, a site that is not there, and options it does not have', () => {
    for (const [path, told] of [
      ['/proc/polywan/events', 'create /proc/polywan:'],
      [join(file, 'events'), `create ${file}:`],
      [folder, `write ${folder}:`],
    ] as const)
      expect(run('monitor', '-c', file, '--record', path)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(new RegExp(`^polywan: cannot ${told} .*\\n$`)),
      });
    expect(run('monitor', '-c', join(folder, 'missing.yaml')).code).toBe(2);
    expect(run('monitor', '-c', file, '--metric', '127.0.0.1:9765').stderr).toContain('--metrics');
  });
});

describe('polywan wan, without a monitor,', () => {
  it('keeps the word for one that starts, until it is auto again', () => {
    const said = 'no monitor is running: it will hold when one starts\n';
    expect(run('wan', 'down', 'fiber', '-c', file)).toEqual({ code: 0, stdout: said, stderr: '' });
    expect(kept().admin).toEqual({ fiber: 'down' });
    expect(run('status').stdout).toContain(
      'fiber: an administrator says down, which will hold when a monitor starts\n',
    );
    expect(JSON.parse(run('status', '--json').stdout)).toMatchObject({ admin: { fiber: 'down' } });
    expect(run('wan', 'auto', 'fiber', '-c', file).code).toBe(0);
    expect(kept().admin).toEqual({});
  });

  it('refuses a WAN that the site does not have, and other words', () => {
    expect(run('wan', 'down', 'cable', '-c', file)).toMatchObject({
      code: 2,
      stderr: 'polywan: the site has no WAN cable; it has fiber\n',
    });
    expect(run('wan', 'down', 'fibre', '-c', file)).toMatchObject({
      code: 2,
      stderr: 'polywan: the site has no WAN fibre; did you mean fiber?\n',
    });
    expect(run('wan', 'sideways', 'fiber', '-c', file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('sideways is none of up, down, auto'),
    });
    expect(run('wan', 'down').code).toBe(2);
  });

  function kept(): { readonly admin: unknown } {
    return JSON.parse(readFileSync(join(state, 'monitor.json'), 'utf8'));
  }
});

describe('a monitor that lives and does not answer', () => {
  beforeEach(() => {
    mkdirSync(state);
    const { pid } = process;
    const record = { version: 1, pid, start: nodeHost().processStart(pid), down: [], held: {} };
    writeFileSync(join(state, 'demand.json'), JSON.stringify(record));
  });

  it('is named by wan, which keeps no word, and by status', () => {
    const silence = `the monitor (pid ${process.pid}) does not answer`;
    expect(run('wan', 'down', 'fiber', '-c', file)).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining(silence),
    });
    expect(existsSync(join(state, 'monitor.json'))).toBe(false);
    const { code, stdout } = run('status');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining(silence) });
    expect(JSON.parse(run('status', '--json').stdout)).toMatchObject({ monitor: null });
  });
});

describe('polywan log', () => {
  const ENTRIES = [
    { atMs: Date.UTC(2026, 0, 1, 12), kind: 'started', priority: 'info', text: 'watching' },
    {
      atMs: Date.UTC(2026, 0, 1, 12, 5),
      kind: 'transition',
      priority: 'warning',
      text: 'WAN fiber: up → down (upstream)',
      wan: 'fiber',
      from: 'up',
      to: 'down',
      cause: 'upstream',
      history: '....!!!!',
    },
  ];

  it('prints nothing while nothing was logged', () => {
    expect(run('log')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('prints what was, transitions alone, the latest alone, and as JSON', () => {
    mkdirSync(state);
    const lines = ENTRIES.map((entry) => `${JSON.stringify(entry)}\n`);
    // The last line was cut off by a crash.
    writeFileSync(join(state, 'log.jsonl'), `${lines.join('')}{"atMs":17`);
    const [first, second] = [
      '2026-01-01 12:00:00.000  watching\n',
      '2026-01-01 12:05:00.000  WAN fiber: up → down (upstream)  ....!!!!\n',
    ];
    expect(run('log')).toEqual({ code: 0, stdout: `${first}${second}`, stderr: '' });
    expect(run('log', '--transitions').stdout).toBe(second);
    expect(run('log', '-n', '1').stdout).toBe(second);
    expect(run('log', '--json').stdout).toBe(lines.join(''));
  });

  it('refuses a count that is none', () => {
    expect(run('log', '-n', 'few').code).toBe(2);
    expect(run('log', '-n', '-1').code).toBe(2);
  });
});

describe('polywan status, without a monitor,', () => {
  it('says so, and what is applied', () => {
    const { code, stdout } = run('status');
    expect(code).toBe(1);
    expect(stdout).toBe(
      'no monitor is running: nothing is watched, and every WAN counts as up\n\nnothing is applied\n',
    );
    expect(JSON.parse(run('status', '--json').stdout)).toMatchObject({ monitor: null, applied: false });
  });
});
