import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/monitor/decide/decide.ts';
import { NO_MEMORY, remember, start } from '../../../../src/monitor/decide/start.ts';
import { anything } from '../../../arbitrary/monitor.ts';
import { run, SITE } from './history.ts';

describe('time', () => {
  it('that goes back counts as standing still', () => {
    const state = start(SITE, NO_MEMORY, 5000);
    const { state: next } = decide(state, { kind: 'tick' }, 1000);
    expect(next.now).toBe(5000);
  });

  it('a loss that is told long after its timeout is none', () => {
    let state = start(SITE, NO_MEMORY, 0);
    for (let at = 0; at < 20; at += 1)
      state = decide(
        state,
        { kind: 'probe', wan: 'cable', probe: 0, sentAt: at * 500, result: { kind: 'lost' } },
        60_000,
      ).state;
    expect(state.wans[1]?.probes[0]?.samples).toEqual([]);
  });
});

describe('a restart', () => {
  it('moves nothing before there is news', () => {
    fc.assert(
      fc.property(anything, (events) => {
        const [last] = run(events).slice(-1);
        const before = last?.decision.state ?? start(SITE, NO_MEMORY, 0);
        const memory = JSON.parse(JSON.stringify(remember(before)));
        const after = start(SITE, memory, 0);
        expect(after.demand.health).toEqual(before.demand.health);
        for (const { name, failbackAfterMs } of SITE.policies)
          if (failbackAfterMs !== 0) expect(after.demand.held[name]).toEqual(before.demand.held[name]);
        expect(after.wans.map(({ admin }) => admin)).toEqual(before.wans.map(({ admin }) => admin));
      }),
    );
  });
});
