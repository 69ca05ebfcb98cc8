import { describe, expect, it } from 'vitest';
import type { Demand } from '../../../src/monitor/decide/decision.ts';
import { foresight } from '../../../src/monitor/loop/foresight.ts';
import { fakeClock } from './fake-host.ts';

const demand = (wan: string): Demand => ({ health: { [wan]: 'down' }, held: {} });

/** Failures of these WANs, and when each was prepared. */
function rehearsal(...wans: readonly string[]) {
  const clock = fakeClock();
  const prepared: { readonly wan: string; readonly at: number }[] = [];
  let demands = wans.map(demand);
  const ahead = foresight(
    clock,
    () => demands,
    ({ health }) => prepared.push({ wan: Object.keys(health).join(), at: clock.monotonicMs() }),
  );
  return {
    ahead,
    pass: clock.pass,
    now: clock.monotonicMs,
    failuresAre: (...next: readonly string[]) => {
      demands = next.map(demand);
    },
    names: () => prepared.map(({ wan }) => wan),
    times: () => prepared.map(({ at }) => at),
  };
}

describe('foresight', () => {
  it('has each failure prepared once, one after the other, and then rests', () => {
    const { ahead, pass, names, times } = rehearsal('fiber', 'cable');
    ahead.soon();
    ahead.soon();
    expect(names()).toEqual([]);
    pass(60_000);
    expect(names()).toEqual(['fiber', 'cable']);
    expect(times()[1]).toBeGreaterThan(times()[0] ?? 0);
  });

  it('has the next failure prepared well within a second of the last one', () => {
    const { ahead, pass, now, failuresAre, names, times } = rehearsal('fiber', 'cable');
    ahead.soon();
    pass(10_000);
    failuresAre('cable', 'lte');
    const failedAt = now();
    ahead.enacted();
    ahead.soon();
    pass(10_000);
    expect(names()).toEqual(['fiber', 'cable', 'cable', 'lte']);
    expect((times().at(-1) ?? 0) - failedAt).toBeLessThan(500);
  });

  it('drops what it was about to prepare when a failure comes in between', () => {
    const { ahead, pass, failuresAre, names } = rehearsal('fiber', 'cable');
    ahead.soon();
    pass(260);
    expect(names()).toEqual(['fiber']);
    ahead.enacted();
    failuresAre('lte');
    ahead.soon();
    pass(10_000);
    expect(names()).toEqual(['fiber', 'lte']);
  });

  it('begins again when something changed while it was at it, as what came first may be out of date', () => {
    const { ahead, pass, names } = rehearsal('fiber', 'cable');
    ahead.soon();
    pass(260);
    ahead.soon();
    pass(60_000);
    expect(names()).toEqual(['fiber', 'cable', 'fiber', 'cable']);
  });

  it('prepares ever more rarely where something changes all the time, and often again after some peace', () => {
    const { ahead, pass, now, times } = rehearsal('fiber');
    for (let times = 0; times < 600; times += 1) {
      ahead.soon();
      pass(100);
    }
    const gaps = times().map((at, index) => at - (times()[index - 1] ?? 0));
    expect(gaps.slice(-3)).toEqual([5000, 5000, 5000]);
    expect(times().length).toBeLessThan(20);
    pass(10_000);
    const quietSince = now();
    ahead.soon();
    pass(300);
    expect(times().at(-1)).toBeGreaterThan(quietSince);
  });

  it('prepares nothing once it was stopped', () => {
    const { ahead, pass, names } = rehearsal('fiber');
    ahead.soon();
    ahead.stop();
    pass(10_000);
    expect(names()).toEqual([]);
  });
});
