import { describe, expect, it } from 'vitest';
import { gapWatch } from '../../../src/monitor/loop/gap.ts';
import { healPace } from '../../../src/monitor/loop/heal-pace.ts';
import { workQueue } from '../../../src/monitor/loop/work-queue.ts';
import { settleDown } from '../../../src/monitor/watch/settle-down.ts';
import { fakeClock, fakeHost } from './fake-host.ts';

describe('repairs', () => {
  it('are made at once three times, then ever more rarely, up to half a minute', () => {
    const pace = healPace();
    const waits: number[] = [];
    for (let now = 0; waits.length < 9; ) {
      const wait = pace.waitMs(now);
      waits.push(wait);
      now += wait;
      pace.made(now);
    }
    expect(waits).toEqual([0, 0, 0, 1000, 2000, 4000, 8000, 16_000, 30_000]);
  });

  it('are forgotten after a minute of peace', () => {
    const pace = healPace();
    for (let times = 0; times < 5; times += 1) pace.made(times);
    expect(pace.recent(10)).toBe(5);
    expect(pace.waitMs(10)).toBeGreaterThan(0);
    expect(pace.recent(60_010)).toBe(0);
    expect(pace.waitMs(60_010)).toBe(0);
  });

  it('that fail slow down the next one like those that were made, and are not counted among them', () => {
    const pace = healPace();
    for (let times = 0; times < 3; times += 1) pace.failed(times);
    pace.made(3);
    expect(pace.recent(3)).toBe(1);
    expect(pace.waitMs(3)).toBe(2000);
  });
});

describe('a gap', () => {
  const beats = (steps: readonly (readonly [monotonicMs: number, wallMs: number])[]) => {
    const watch = gapWatch(500);
    let [monotonic, wall] = [0, 5_000_000];
    watch.check(monotonic, wall);
    return steps.map(([ran, passed]) => {
      monotonic += ran;
      wall += passed;
      return watch.check(monotonic, wall);
    });
  };

  it('is none while the clocks go on, also on a busy machine', () => {
    expect(
      beats([
        [500, 500],
        [900, 900],
        [2400, 2400],
      ]),
    ).toEqual([false, false, false]);
  });

  it('is a suspended machine, whose wall clock alone goes on, and a clock that was set, either way', () => {
    expect(
      beats([
        [500, 3_600_500],
        [500, 500],
        [500, -10_000],
      ]),
    ).toEqual([true, false, true]);
  });

  it('is a process that was stopped', () => {
    expect(
      beats([
        [10_000, 10_000],
        [500, 500],
      ]),
    ).toEqual([true, false]);
  });
});

describe('what comes in bursts', () => {
  it('is worked on soon after its first word, then no more often than the pause', () => {
    const clock = fakeClock();
    const times: number[] = [];
    const settle = settleDown(fakeHost(clock), 100, () => times.push(clock.monotonicMs()));
    for (let line = 0; line < 50; line += 1) {
      settle.touch();
      clock.pass(5);
    }
    clock.pass(1000);
    expect(times).toEqual([5, 105, 205, 305].slice(0, times.length));
    expect(times.length).toBeGreaterThanOrEqual(3);
    settle.touch();
    settle.stop();
    clock.pass(1000);
    expect(times.at(-1)).toBeLessThan(400);
  });
});

describe('work on the kernel', () => {
  it('is done one after the other in its order, and what already waits is not done twice', async () => {
    const done: string[] = [];
    let running = 0;
    const work = (name: string) => async () => {
      running += 1;
      expect(running).toBe(1);
      await Promise.resolve();
      done.push(name);
      running -= 1;
    };
    const queue = workQueue(() => {});
    for (const name of ['a', 'b', 'c', 'b', 'c']) queue.add(name, work(name));
    await queue.settled();
    expect(done).toEqual(['a', 'b', 'c']);
    queue.add('a', work('a'));
    await queue.settled();
    expect(done).toEqual(['a', 'b', 'c', 'a']);
  });

  it('goes on after a piece that failed, which is told by its name', async () => {
    const told: string[] = [];
    const done: string[] = [];
    const queue = workQueue((name, error) => told.push(`${name}: ${String(error)}`));
    queue.add('first', () => Promise.reject(new Error('refused')));
    queue.add('second', async () => void done.push('second'));
    await queue.settled();
    expect({ told, done }).toEqual({ told: ['first: Error: refused'], done: ['second'] });
  });
});
