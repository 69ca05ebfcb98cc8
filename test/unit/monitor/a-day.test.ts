import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DAY_SITE, liveThrough } from './a-day.ts';
import { readTimeline } from './timeline.ts';

/** Half of them shows what grows; `node bench/monitor.mjs day` has all 24. */
const HOURS = 6;

/** What one event in twenty would leave behind in an hour, were it 100 bytes. */
const FLAT_MB = 1;

describe('hours of recorded events, replayed at speed', () => {
  it('leave nothing behind in memory', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const heap: number[] = [];
    const events = liveThrough(readTimeline(DAY_SITE).site, HOURS, () => {
      collect();
      heap.push(process.memoryUsage().heapUsed / 1_048_576);
    });
    expect(events).toBeGreaterThan(HOURS * 28_000);
    // By the first hour all windows are full and all code is compiled.
    expect((heap.at(-1) ?? 0) - (heap[0] ?? 0)).toBeLessThan(FLAT_MB);
  });
});
