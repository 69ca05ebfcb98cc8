import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { polywan } from './polywan.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A site with one WAN, and its thresholds. */
function site(name: string, health: string): string {
  mkdirSync(join(folder, name, 'profiles'), { recursive: true });
  writeFileSync(join(folder, name, 'polywan.yaml'), 'version: 1\n');
  writeFileSync(
    join(folder, name, 'profiles/fiber.yaml'),
    `name: fiber\ninterface: wan0\nprobes: [{ ping: 203.0.113.1 }]\nhealth: ${health}\n`,
  );
  return join(folder, name, 'polywan.yaml');
}

/** An answer each second for 10 s, five losses, ten answers; as a monitor with fall 4 and rise 3 recorded it. */
function recording(): string {
  const wans = [{ name: 'fiber', health: 'up', intervalMs: 1000, probes: ['ping 203.0.113.1'] }];
  const start = { at: 0, wallMs: Date.UTC(2026, 0, 1, 12), wans };
  const second = (1000).toString(36);
  const hundred = (100).toString(36);
  const rows = [
    `polywan-recording 1 ${JSON.stringify(start)}`,
    ...Array.from({ length: 10 }, () => `${second} a0 ${(200).toString(36)}`),
    ...Array.from({ length: 4 }, () => `${second} l0 ${hundred}`),
    '0 > fiber up down upstream',
    `${second} l0 ${hundred}`,
    ...Array.from({ length: 3 }, () => `${second} a0 ${(200).toString(36)}`),
    '0 > fiber down up upstream',
    ...Array.from({ length: 7 }, () => `${second} a0 ${(200).toString(36)}`),
  ];
  const file = join(folder, 'probes.rec');
  writeFileSync(file, `${rows.join('\n')}\n`);
  return file;
}

describe('polywan replay', () => {
  const file = recording();

  it('prints what happened beside what would have happened', () => {
    const trial = site('trial', '{ interval: 1s, fall: 2, rise: 3 }');
    const { code, stdout, stderr } = polywan(['replay', file, '-c', trial]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatchInlineSnapshot(`
      "recorded from 2026-01-01 12:00:00.000 UTC to 2026-01-01 12:00:25.000 UTC,
        25.0s watched

      time                         wan    happened               would have happened
      2026-01-01 12:00:12.000 UTC  fiber  -                      up to down (upstream)
      2026-01-01 12:00:14.000 UTC  fiber  up to down (upstream)  -
      2026-01-01 12:00:18.000 UTC  fiber  down to up (upstream)  down to up (upstream)

      wan    was down  would have been
      fiber  4.0s      6.0s
      "
    `);
  });

  it('prints both as JSON', () => {
    const trial = site('never', '{ interval: 1s, fall: 6, loss: off }');
    const { code, stdout } = polywan(['replay', file, '--json', '-c', trial]);
    expect(code).toBe(0);
    const { happened, replayed, notes, unreadable } = JSON.parse(stdout);
    expect(happened.transitions).toEqual([
      { wan: 'fiber', from: 'up', to: 'down', at: '2026-01-01T12:00:14.000Z', cause: 'upstream' },
      { wan: 'fiber', from: 'down', to: 'up', at: '2026-01-01T12:00:18.000Z', cause: 'upstream' },
    ]);
    expect(happened.downMs).toEqual({ fiber: 4000 });
    expect(replayed).toEqual({ transitions: [], downMs: { fiber: 0 } });
    expect({ notes, unreadable }).toEqual({ notes: [], unreadable: 0 });
  });

  it('reads the older half first', () => {
    const trial = site('halves', '{ interval: 1s }');
    writeFileSync(join(folder, 'halves.rec'), 'polywan-recording 1 {"at":0,"wallMs":60000,"wans":[]}\n3 z\n');
    writeFileSync(join(folder, 'halves.rec.1'), 'polywan-recording 1 {"at":0,"wallMs":0,"wans":[]}\n3 z\n');
    const { stdout } = polywan(['replay', join(folder, 'halves.rec'), '--json', '-c', trial]);
    expect(JSON.parse(stdout).watched.map(({ from }: { from: string }) => from)).toEqual([
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:01:00.000Z',
    ]);
  });

  it('refuses what is no recording, and what is not there, with 2', () => {
    const trial = site('refused', '{}');
    writeFileSync(join(folder, 'other'), 'something else\n');
    expect(polywan(['replay', join(folder, 'other'), '-c', trial])).toEqual({
      code: 2,
      stdout: '',
      stderr: `polywan: ${join(folder, 'other')} is no recording of polywan monitor\n`,
    });
    expect(polywan(['replay', '/nowhere/x.rec', '-c', trial])).toMatchObject({
      code: 2,
      stderr: 'polywan: no such file: /nowhere/x.rec\n',
    });
    expect(polywan(['replay', folder, '-c', trial])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^polywan: .*it is a directory\n$/),
    });
  });
});
