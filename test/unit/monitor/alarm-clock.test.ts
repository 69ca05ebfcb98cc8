import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { alarmClock } from '../../../src/monitor/probe/alarm-clock.ts';

/** A host of which only the clock is asked. */
function clock() {
  let now = 1000;
  let timers: { readonly at: number; readonly work: () => void }[] = [];
  const after = (ms: number, work: () => void): (() => void) => {
    const timer = { at: now + ms, work };
    timers.push(timer);
    return () => {
      timers = timers.filter((each) => each !== timer);
    };
  };
  const host = { monotonicMs: () => now, after } as unknown as Host;
  return {
    host,
    waiting: () => timers.length,
    /** Nothing runs until then; after that, what is due. */
    stall: (ms: number) => {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { work } of due) work();
    },
    pass: (ms: number) => {
      for (const end = now + ms; now < end; now += 1) {
        const due = timers.filter(({ at }) => at <= now);
        timers = timers.filter(({ at }) => at > now);
        for (const { work } of due) work();
      }
    },
  };
}

describe('the alarm clock of all probes', () => {
  it('rings each at its time, with one timer', () => {
    const { host, pass, waiting } = clock();
    const rung: string[] = [];
    const alarms = alarmClock(host);
    alarms.alarm(() => rung.push('b')).set(1300, 1300);
    alarms.alarm(() => rung.push('a')).set(1200, 1200);
    expect(waiting()).toBe(1);
    pass(250);
    expect(rung).toEqual(['a']);
    pass(100);
    expect(rung).toEqual(['a', 'b']);
    expect(waiting()).toBe(0);
  });

  it('rings along whoever may be rung by then, in the order in which they may', () => {
    const { host, pass, waiting } = clock();
    const rung: string[] = [];
    const alarms = alarmClock(host);
    alarms.alarm(() => rung.push('not yet')).set(1301, 1800);
    alarms.alarm(() => rung.push('due')).set(1300, 1300);
    alarms.alarm(() => rung.push('long since')).set(1100, 1900);
    alarms.alarm(() => rung.push('just')).set(1200, 2000);
    pass(299);
    expect(rung).toEqual([]);
    pass(4);
    expect(rung).toEqual(['long since', 'just', 'due']);
    expect(waiting()).toBe(1);
    pass(500);
    expect(rung.at(-1)).toBe('not yet');
  });

  it('does not ring for what was put off, or stopped', () => {
    const { host, pass } = clock();
    const rung: string[] = [];
    const alarms = alarmClock(host);
    const put = alarms.alarm(() => rung.push('put off'));
    put.set(1100, 1100);
    put.set(1500, 1500);
    const stopped = alarms.alarm(() => rung.push('stopped'));
    stopped.set(1100, 1100);
    stopped.stop();
    pass(400);
    expect(rung).toEqual([]);
    pass(200);
    expect(rung).toEqual(['put off']);
  });

  it('waits a moment when it was held up, as what it listens to may have been, and then rings', () => {
    const { host, stall, pass } = clock();
    const rung: string[] = [];
    const alarm = alarmClock(host).alarm(() => rung.push('lost'));
    alarm.set(1100, 1100);
    stall(400);
    expect(rung).toEqual([]);
    pass(3);
    expect(rung).toEqual(['lost']);
  });

  it('rings once, even while the process is held up again and again', () => {
    const { host, stall } = clock();
    const rung: string[] = [];
    alarmClock(host)
      .alarm(() => rung.push('lost'))
      .set(1100, 1100);
    stall(400);
    stall(400);
    stall(400);
    expect(rung).toEqual(['lost']);
  });
});
