import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../../src/cli/monitor/open-recording.ts';
import { HostError } from '../../../src/host/host.ts';
import { nodeHost } from '../../../src/host/node.ts';
import { NO_MEMORY, start } from '../../../src/monitor/decide/start.ts';
import type { MonitorEvent } from '../../../src/monitor/event.ts';
import { readRecording } from '../../../src/monitor/record/read-recording.ts';
import { fakeClock, fakeFiles, fakeHost } from '../monitor/fake-host.ts';
import { sampleSite, sampleWan } from '../plan/sample-site.ts';

const FILE = 'probes.rec';

it('a recording makes the folder that its file is to lie in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'polywan-recording-'));
  const file = join(folder, 'lib/polywan/events');
  openRecording(nodeHost(), file);
  expect(readFileSync(file, 'utf8')).toBe('');
  rmSync(folder, { recursive: true });
});

describe('a recording on a disk that fills up', () => {
  const files = new Map<string, string>();
  const clock = fakeClock();
  const { appendFile, ...others } = fakeFiles(files);
  let isFull = false;
  const host = fakeHost({
    ...clock,
    ...others,
    appendFile: (path, text, mode) => {
      // The kernel takes what still fits.
      appendFile?.(path, isFull ? text.slice(0, 5) : text, mode);
      if (isFull) throw new HostError('ENOSPC', path, `${path}: no space is left there`);
    },
  });
  const state = start(sampleSite({ wans: [sampleWan('fiber')] }), NO_MEMORY, 0);
  const complaints: string[] = [];
  const recording = openRecording(host, FILE);
  const link = (up: boolean): MonitorEvent => ({ kind: 'link', wan: 'fiber', state: up ? 'up' : 'down' });

  it('has a gap there, is readable before and after it, and complains once', () => {
    recording.begin({ state: () => state }, (message) => complaints.push(message));
    for (let second = 1; second <= 30; second += 1) {
      isFull = second > 10 && second <= 20;
      clock.pass(1000);
      recording.heard(link(second % 2 === 0), clock.monotonicMs());
    }
    recording.close();
    expect(complaints).toEqual([expect.stringMatching(/^the recording has a gap: .*no space is left/)]);
    const { entries } = readRecording([files.get(FILE) ?? '']);
    const seconds = entries.flatMap((entry) => (entry.kind === 'event' ? [entry.at / 1000] : []));
    const from = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, at) => first + at);
    expect(seconds.slice(0, 9)).toEqual(from(1, 9));
    expect(seconds.slice(-8)).toEqual(from(23, 30));
    expect(entries.filter(({ kind }) => kind === 'start').length).toBeGreaterThan(1);
  });
});
