import { describe, expect, it } from 'vitest';
import { HostError } from '../../../src/host/host.ts';
import { decide } from '../../../src/monitor/decide/decide.ts';
import type { MonitorState } from '../../../src/monitor/decide/decision.ts';
import { NO_MEMORY, start } from '../../../src/monitor/decide/start.ts';
import type { MonitorEvent } from '../../../src/monitor/event.ts';
import { memoryKeeper, noteWord, readMemory } from '../../../src/monitor/loop/memory.ts';
import { samplePolicy, sampleSite, sampleWan } from '../plan/sample-site.ts';
import { fakeClock, fakeFiles, fakeHost } from './fake-host.ts';

const { health } = sampleWan('fiber');
const damping = { halfLifeMs: 300_000, limitMs: 1_800_000 };
const SITE = sampleSite({
  wans: [sampleWan('fiber', { health: { ...health, damping } }), sampleWan('cable')],
});

function after(events: readonly MonitorEvent[]): MonitorState {
  return events.reduce(
    (state, event) => decide(state, event, state.now + 1000).state,
    start(SITE, NO_MEMORY, 0),
  );
}

const complain = (message: string): never => {
  throw new Error(message);
};

const link = (state: 'up' | 'down'): MonitorEvent => ({ kind: 'link', wan: 'fiber', state });

describe('what a daemon remembers', () => {
  const flapped = after([link('up'), link('down'), link('up'), link('down'), link('up')]);

  it('is read by the next process at its own times: penalties and waits count on', () => {
    const files = new Map<string, string>();
    const clock = fakeClock(5_000_000);
    clock.pass(5000);
    memoryKeeper(fakeHost({ ...clock, ...fakeFiles(files) }), complain)(flapped);
    const [fiber] = flapped.wans;
    expect(fiber?.flaps.penalty).toBeGreaterThan(1000);
    expect(fiber?.returnedAt).toBe(5000);
    // Thirty seconds later, in a process whose monotonic clock begins at nothing.
    const later = fakeClock(5_035_000);
    const memory = readMemory(fakeHost({ ...later, ...fakeFiles(files) }));
    expect(memory.past.fiber).toEqual({
      flaps: { ...fiber?.flaps, at: (fiber?.flaps.at ?? 0) - 35_000 },
      returnedAt: 5000 - 35_000,
    });
  });

  it('has the rest of a hold, which is never longer than the profile says, whatever was made of the clock', () => {
    const wans = [sampleWan('fiber', { health: { ...health, holdMs: 40_000 } })];
    const site = sampleSite({ wans, policies: [samplePolicy('balanced', { fiber: 1 })] });
    const failed = [link('up'), link('down')].reduce(
      (state, event) => decide(state, event, state.now + 1000).state,
      start(site, NO_MEMORY, 0),
    );
    const heldFor = (laterMs: number): number | undefined => {
      const files = new Map<string, string>();
      memoryKeeper(fakeHost({ ...fakeClock(5_000_000 - failed.now), ...fakeFiles(files) }), complain)(failed);
      const next = fakeHost({ ...fakeClock(5_000_000 - failed.now + laterMs), ...fakeFiles(files) });
      return start(site, readMemory(next), 0).wans[0]?.holdUntil;
    };
    expect(heldFor(10_000)).toBe(failed.now + 40_000 - 10_000);
    expect(heldFor(-86_400_000)).toBe(40_000);
  });

  it('has the rest of a damping, which is never longer than its limit, and none where damping is off', () => {
    const many = Array.from({ length: 4 }, () => [link('down'), link('up')]).flat();
    const damped = after([link('up'), ...many]);
    const until = damped.wans[0]?.flaps.dampedUntil ?? Number.NaN;
    const dampedFor = (laterMs: number, wan = SITE.wans[0]): number | undefined => {
      const files = new Map<string, string>();
      memoryKeeper(fakeHost({ ...fakeClock(5_000_000 - damped.now), ...fakeFiles(files) }), complain)(damped);
      const next = fakeHost({ ...fakeClock(5_000_000 - damped.now + laterMs), ...fakeFiles(files) });
      const site = { ...SITE, wans: wan === undefined ? [] : [wan] };
      return start(site, readMemory(next), 0).wans[0]?.flaps.dampedUntil;
    };
    expect(dampedFor(10_000)).toBe(until - 10_000);
    expect(dampedFor(-86_400_000)).toBe(damping.limitMs);
    expect(dampedFor(10_000, sampleWan('fiber'))).toBeUndefined();
  });

  it('is written when it changes, and not for every sample', () => {
    const files = new Map<string, string>();
    let written = 0;
    const host = fakeHost({
      ...fakeClock(),
      ...fakeFiles(files),
      writeFile: () => {
        written += 1;
      },
    });
    const keep = memoryKeeper(host, complain);
    keep(flapped);
    keep(decide(flapped, { kind: 'tick' }, flapped.now + 10).state);
    expect(written).toBe(1);
    keep(decide(flapped, { kind: 'admin', wan: 'cable', word: 'down' }, flapped.now + 20).state);
    expect(written).toBe(2);
  });

  it('is written as soon as there is room again, and meanwhile complained of once', () => {
    const files = new Map<string, string>();
    const { writeFile, ...others } = fakeFiles(files);
    let isFull = true;
    const host = fakeHost({
      ...fakeClock(),
      ...others,
      writeFile: (path, text, mode) => {
        if (isFull) throw new HostError('ENOSPC', path, `${path}: no space is left there`);
        writeFile?.(path, text, mode);
      },
    });
    const complaints: string[] = [];
    const keep = memoryKeeper(host, (message) => complaints.push(message));
    keep(flapped);
    const next = decide(flapped, { kind: 'tick' }, flapped.now + 10).state;
    keep(next);
    expect(complaints).toEqual([expect.stringMatching(/^what is to be known .*no space is left/)]);
    expect(files.size).toBe(0);
    isFull = false;
    keep(next);
    expect(readMemory(host).past.fiber?.flaps).toBeDefined();
  });

  it('is added to by a word that is said while no daemon runs', () => {
    const host = fakeHost({ ...fakeClock(), ...fakeFiles(new Map()) });
    noteWord(host, 'fiber', 'down');
    noteWord(host, 'cable', 'up');
    expect(readMemory(host).admin).toEqual({ fiber: 'down', cable: 'up' });
    noteWord(host, 'fiber', 'auto');
    expect(readMemory(host).admin).toEqual({ cable: 'up' });
  });
});
