import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_MEMORY, start } from '../../../../src/monitor/decide/start.ts';
import { play, type ScriptItem } from '../../../../src/monitor/replay/play.ts';
import { anything, nothing } from '../../../arbitrary/monitor.ts';
import { sampleSite } from '../../plan/sample-site.ts';
import { run, SITE, wanWith } from './history.ts';

describe('what says nothing of a WAN moves nothing', () => {
  it('after any history, as long as no wait ends', () => {
    fc.assert(
      fc.property(anything, nothing, (history, silence) => {
        const [last] = run(history).slice(-1);
        const from = last?.decision.state ?? start(SITE, NO_MEMORY, 1000);
        const still = silence.map((each) => ({ ...each, afterMs: 0 }));
        for (const { decision } of run(still, from)) {
          expect(decision.demand).toEqual(from.demand);
          expect(decision.resets).toEqual([]);
          for (const { to } of decision.transitions) expect(to).toBe('unknown');
        }
      }),
    );
  });

  it('from the start, for however long', () => {
    fc.assert(
      fc.property(nothing, (silence) => {
        for (const { decision } of run(silence)) {
          expect(decision.demand.health).toEqual({ fiber: 'up', cable: 'up', lte: 'up' });
          expect(decision.demand.held).toEqual({});
          expect(decision.transitions).toEqual([]);
        }
      }),
    );
  });
});

describe('inside a band nothing changes', () => {
  const site = sampleSite({ wans: [wanWith('cable', 0, { fall: 20, rise: 4 })], policies: [] });

  /** Two or three of every ten are lost, always the same: every window holds 18 to 36 %. */
  const insideLoss = fc.uniqueArray(fc.nat(9), { minLength: 2, maxLength: 3 });

  it.each(['up', 'down'] as const)(
    'with loss between the thresholds a WAN that is %s stays so',
    (initial) => {
      fc.assert(
        fc.property(insideLoss, (lost) => {
          const delays = Array.from({ length: 100 }, (_, at) => (lost.includes(at % 10) ? undefined : 20));
          expect(transitionsOf(initial, delays)).toEqual([]);
        }),
      );
    },
  );

  it.each(['up', 'down'] as const)(
    'with a delay between the thresholds a WAN that is %s stays so',
    (initial) => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 501, max: 999 }), { minLength: 20, maxLength: 100 }),
          (delays) => {
            expect(transitionsOf(initial, delays)).toEqual([]);
          },
        ),
      );
    },
  );

  /** Seen by probes every 500 ms, after a window in which it has become what it is. */
  function transitionsOf(initial: 'up' | 'down', delays: readonly (number | undefined)[]) {
    const before = Array.from({ length: 30 }, (_, at) => {
      if (initial === 'up') return 20;
      // What is lost in the band is lost before, too, so that no window on the way into it holds less.
      if (delays.includes(undefined)) return at % 2 === 0 ? delays[at % 10] : undefined;
      return 1500;
    });
    const script = [...before, ...delays].map((afterMs, at): ScriptItem => {
      const fate =
        afterMs === undefined ? ({ kind: 'silent' } as const) : ({ kind: 'answered', afterMs } as const);
      return { at: at * 500, kind: 'sent', wan: 'cable', probe: 0, fate };
    });
    const begin = before.length * 500;
    const seen = [...play(start(site, NO_MEMORY, 0), script, Infinity)].flatMap(
      ({ decision }) => decision.transitions,
    );
    const settled = seen.filter(({ at }) => at <= begin).at(-1)?.to;
    expect(settled).toBe(initial);
    return seen.filter(({ at }) => at > begin);
  }
});
