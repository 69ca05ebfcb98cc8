import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Site, Wan } from '../../../src/config/site.ts';
import type { KernelState } from '../../../src/kernel/state.ts';
import { decide } from '../../../src/monitor/decide/decide.ts';
import type { Decision, MonitorState } from '../../../src/monitor/decide/decision.ts';
import { activeIn } from '../../../src/monitor/decide/standing.ts';
import { NO_MEMORY, remember, start } from '../../../src/monitor/decide/start.ts';
import type { MonitorEvent } from '../../../src/monitor/event.ts';
import { settle } from '../../../src/monitor/health/settle.ts';
import { capacityOf } from '../../../src/monitor/health/track.ts';
import { play, type ScriptItem } from '../../../src/monitor/replay/play.ts';
import { FAMILIES } from '../../../src/net/family.ts';
import { compile } from '../../../src/plan/compile.ts';
import { anything, nothing, PROBES, type TimedEvent } from '../../arbitrary/monitor.ts';
import { machineWith, ORIGIN, samplePolicy, sampleSite, sampleWan } from '../plan/sample-site.ts';

function wanWith(name: string, place: number, changes: Partial<Wan['health']> = {}): Wan {
  const count = PROBES[name] ?? 0;
  const plain = sampleWan(name);
  return sampleWan(name, {
    interface: `wan${place}`,
    // The families of fiber and lte have a probe each, and fail apart.
    families: name === 'cable' ? ['ipv4'] : ['ipv4', 'ipv6'],
    metered: name === 'lte',
    probes: Array.from({ length: count }, (_, at) => {
      if (at === 2) return { kind: 'arp', origin: ORIGIN } as const;
      const target = at === 1 ? '2001:db8::1' : '203.0.113.1';
      return { kind: 'ping', target, origin: ORIGIN } as const;
    }),
    health: {
      ...plain.health,
      fall: 2,
      rise: 2,
      windowMs: 5000,
      loss: { downPercent: 40, upPercent: 10 },
      rtt: { downMs: 1000, upMs: 500 },
      damping: { halfLifeMs: 20_000, limitMs: 60_000 },
      ...changes,
    },
  });
}

const SITE: Site = sampleSite({
  wans: [wanWith('fiber', 0), wanWith('cable', 1, { holdMs: 2000 }), wanWith('lte', 2)],
  policies: [
    {
      ...samplePolicy('balanced', { fiber: 3, cable: 1 }, { failbackAfterMs: 4000 }),
      members: [
        { wan: 'fiber', weight: 3, tier: 1, origin: ORIGIN },
        { wan: 'cable', weight: 1, tier: 1, origin: ORIGIN },
        { wan: 'lte', weight: 1, tier: 2, origin: ORIGIN },
      ],
      onRecovery: 'move',
    },
    samplePolicy('once', { fiber: 1, lte: 1 }, { failbackAfterMs: 'never', onFailure: 'keep' }),
    samplePolicy('alone', { cable: 1 }, { failbackAfterMs: 0 }),
  ],
});

/** Events that the facts of a machine would say, too. */
const FACTUAL: readonly string[] = ['link', 'address', 'gateway'];

const FACTS = withIpv6(machineWith('wan0', 'wan1', 'wan2'));

interface Step {
  readonly event: MonitorEvent;
  readonly before: MonitorState;
  readonly decision: Decision;
}

function run(events: readonly TimedEvent[], from = start(SITE, NO_MEMORY, 1000)): readonly Step[] {
  let state = from;
  let now = from.now;
  return events.map(({ afterMs, event: make }) => {
    now += afterMs;
    const event = make(now);
    const before = state;
    const decision = decide(state, event, now);
    state = decision.state;
    return { event, before, decision };
  });
}

describe('whatever happens', () => {
  it('the kernel is asked for what compile makes of the site and the health, and for anew whenever that changes', () => {
    fc.assert(
      fc.property(anything, (events) => {
        let asked = planOf(start(SITE, NO_MEMORY, 1000));
        for (const { decision } of run(events)) {
          if (decision.recompile) asked = planOf(decision.state);
          expect(asked).toEqual(planOf(decision.state));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('a plan under the demand uses the very WANs the monitor says a policy uses', () => {
    fc.assert(
      fc.property(anything, (events) => {
        // Every link and gateway is there on this machine: the events must not say otherwise.
        const probesOnly = events.filter(({ event }) => !FACTUAL.includes(event(0).kind));
        for (const { decision } of run(probesOnly).slice(-3)) {
          const { state } = decision;
          const plan = compile(SITE, FACTS, inputOf(state));
          for (const family of FAMILIES) {
            const used = plan.policies.map(({ active }) => active[family].map(({ wan }) => wan));
            expect(used).toEqual(SITE.policies.map((policy) => activeIn(state, policy, family)));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('the same events give the same decisions, and leave the state before as it was', () => {
    fc.assert(
      fc.property(anything, (events) => {
        const first = run(events);
        const texts = first.map(({ before }) => JSON.stringify(before));
        expect(run(events)).toEqual(first);
        expect(first.map(({ before }) => JSON.stringify(before))).toEqual(texts);
      }),
      { numRuns: 30 },
    );
  });

  it('every conclusion is drawn at once: drawn again from what is known then, it is the same', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { event, decision } of run(events)) {
          const { wans, now } = decision.state;
          const concerned = wans.find(({ wan }) => 'wan' in event && event.wan === wan.name);
          if (concerned !== undefined) expect(settle(concerned, now)).toEqual(concerned);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('transitions tell the whole story: each begins with the health the one before ended with', () => {
    fc.assert(
      fc.property(anything, (events) => {
        const health = new Map(SITE.wans.map(({ name }) => [name, 'unknown']));
        for (const { decision } of run(events)) {
          for (const { wan, from, to } of decision.transitions) {
            expect(from).toBe(health.get(wan));
            expect(to).not.toBe(from);
            health.set(wan, to);
          }
          for (const { wan, health: now } of decision.state.wans) expect(now).toBe(health.get(wan.name));
        }
      }),
    );
  });

  it('the state stays bounded: no probe holds more samples than its window needs', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { decision } of run(events))
          for (const { wan, probes } of decision.state.wans)
            for (const { samples } of probes) {
              expect(samples.length).toBeLessThanOrEqual(capacityOf(wan.health));
              expect(samples.map(({ sentAt }) => sentAt)).toEqual(
                [...new Set(samples.map(({ sentAt }) => sentAt))].sort((a, b) => a - b),
              );
            }
      }),
    );
  });

  it('a wake is never in the past, and a tick at its time asks for none at the same time again', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { decision } of run(events)) {
          const { wakeAt, state } = decision;
          if (wakeAt === undefined) continue;
          expect(wakeAt).toBeGreaterThan(state.now);
          expect(decide(state, { kind: 'tick' }, wakeAt).wakeAt).not.toBe(wakeAt);
        }
      }),
    );
  });

  it('connections are reset only of WANs that carry nothing more, and only where the policy has another', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { decision } of run(events))
          for (const { wan, family, why, policies } of decision.resets) {
            expect(policies.length).toBeGreaterThan(0);
            const state = decision.state.wans.find((each) => each.wan.name === wan);
            const lost = state?.families[family]?.lost !== undefined;
            const { health } = decision.demand;
            if (why === 'failed' && !lost)
              expect([health[wan], health[`${wan}/${family}`]]).toContain('down');
            for (const name of policies) {
              const policy = SITE.policies.find((each) => each.name === name);
              const active = policy === undefined ? [] : activeIn(decision.state, policy, family);
              expect(active).not.toContain(wan);
              expect(active).not.toEqual([]);
              expect(policy?.onFailure === 'keep' && why === 'failed').toBe(false);
              expect(policy?.onRecovery === 'keep' && why === 'moved').toBe(false);
            }
          }
      }),
    );
  });
});

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

/** The gateways of IPv4 as link-local ones, too. */
function withIpv6(facts: KernelState): KernelState {
  const routes = facts.routes.map((route) => ({
    ...route,
    family: 'ipv6' as const,
    destination: { family: 'ipv6' as const, address: '::', length: 0 },
    hops: route.hops.map((hop) => ({ ...hop, gateway: 'fe80::1' })),
  }));
  return { ...facts, routes: [...facts.routes, ...routes] };
}

function inputOf({ demand }: MonitorState) {
  return { backend: 'nftables' as const, ...demand, allocation: { slots: {} } };
}

function planOf(state: MonitorState): unknown {
  return compile(SITE, FACTS, inputOf(state)).desired;
}
