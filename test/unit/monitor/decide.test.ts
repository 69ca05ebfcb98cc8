import { describe, expect, it } from 'vitest';
import type { Site } from '../../../src/config/site.ts';
import { decide } from '../../../src/monitor/decide/decide.ts';
import type { MonitorState } from '../../../src/monitor/decide/decision.ts';
import { changeSite } from '../../../src/monitor/decide/site-change.ts';
import { NO_MEMORY, start } from '../../../src/monitor/decide/start.ts';
import type { MonitorEvent } from '../../../src/monitor/event.ts';
import { addFlap, isDamped, NO_FLAPS } from '../../../src/monitor/health/damping.ts';
import { newFamilyHealth } from '../../../src/monitor/health/family-health.ts';
import { windowOf } from '../../../src/monitor/health/judge-track.ts';
import { newTrack } from '../../../src/monitor/health/track.ts';
import { addSample, type Sample } from '../../../src/monitor/health/window.ts';
import { FAMILIES } from '../../../src/net/family.ts';
import { ORIGIN, samplePolicy, sampleSite, sampleWan } from '../plan/sample-site.ts';

function ping(target: string) {
  return { kind: 'ping', target, origin: ORIGIN } as const;
}

const SITE: Site = sampleSite({
  wans: [
    sampleWan('fiber', { probes: [ping('203.0.113.1')] }),
    sampleWan('cable', { probes: [ping('203.0.113.1')] }),
  ],
});

/** After each event, one second apart. */
function after(events: readonly MonitorEvent[], from: MonitorState = start(SITE, NO_MEMORY, 0)) {
  let decision = decide(from, { kind: 'tick' }, from.now);
  for (const event of events) decision = decide(decision.state, event, decision.state.now + 1000);
  return decision;
}

const DOWN: readonly MonitorEvent[] = [
  { kind: 'link', wan: 'fiber', state: 'no-carrier' },
  { kind: 'gateway', wan: 'cable', family: 'ipv4' },
];

describe('when no WAN is in use', () => {
  it('the likeliest to return is named: one that has a link before one that has none', () => {
    expect(after(DOWN).leastBad).toBe('cable');
    const both: readonly MonitorEvent[] = [...DOWN, { kind: 'link', wan: 'cable', state: 'gone' }];
    expect(after([...both, { kind: 'link', wan: 'fiber', state: 'up' }]).leastBad).toBe('fiber');
  });

  it('one that the administrator has taken down is not, and none is while another is in use', () => {
    expect(after([...DOWN, { kind: 'admin', wan: 'cable', word: 'down' }]).leastBad).toBe('fiber');
    expect(after(DOWN.slice(0, 1)).leastBad).toBeUndefined();
  });

  it('the last resort holds: no policy is given a WAN', () => {
    const { demand, state } = after(DOWN);
    expect(demand).toEqual({ health: { fiber: 'down', cable: 'down' }, held: {} });
    expect(state.taken).toEqual({ balanced: { ipv4: [], ipv6: [] } });
  });
});

describe('a family whose last address is gone', () => {
  const site = { ...SITE, wans: SITE.wans.map((wan) => ({ ...wan, families: FAMILIES })) };
  const tells = (addresses: readonly string[]): readonly MonitorEvent[] => [
    { kind: 'address', wan: 'fiber', family: 'ipv6', addresses },
    { kind: 'tick' },
  ];
  const gone = after([...tells(['2001:db8::2']), ...tells([])], start(site, NO_MEMORY, 0));

  it('takes no new connections, though its gateway is still known', () => {
    expect(gone.demand.health).toEqual({ fiber: 'up', 'fiber/ipv6': 'down', cable: 'up' });
  });

  it('takes them again with the next one', () => {
    expect(after(tells(['2001:db8::3']), gone.state).demand.health).toEqual({ fiber: 'up', cable: 'up' });
  });
});

describe('a site that is read again', () => {
  const down = after(DOWN.slice(0, 1)).state;

  it('keeps what is known of WANs and probes that stay', () => {
    const [fiber, cable] = SITE.wans;
    if (fiber === undefined || cable === undefined) throw new Error('no such WANs');
    const answered: MonitorEvent = {
      kind: 'probe',
      wan: 'cable',
      probe: 0,
      sentAt: 1500,
      result: { kind: 'answered', rttMs: 20 },
    };
    const changed = { ...cable, probes: [ping('198.51.100.1'), ...cable.probes] };
    const { state, recompile, transitions } = after(
      [answered, { kind: 'site', site: { ...SITE, wans: [fiber, changed] } }],
      down,
    );
    expect(recompile).toBe(true);
    expect(transitions).toEqual([]);
    expect(state.wans.map(({ health }) => health)).toEqual(['down', 'unknown']);
    expect(state.wans[1]?.probes.map(({ samples }) => samples.length)).toEqual([0, 1]);
  });

  it('knows nothing of a WAN that is new or on another interface, and uses it', () => {
    const wans = [sampleWan('fiber', { interface: 'ppp0' }), sampleWan('lte')];
    const site = { ...SITE, wans, policies: [samplePolicy('balanced', { fiber: 1, lte: 1 })] };
    const { state, demand, resets } = after([{ kind: 'site', site }], down);
    expect(state.wans.map(({ wan, health }) => [wan.name, health])).toEqual([
      ['fiber', 'unknown'],
      ['lte', 'unknown'],
    ]);
    expect(demand).toEqual({ health: { fiber: 'up', lte: 'up' }, held: {} });
    expect(resets).toEqual([]);
  });

  it('holds back what failed no longer than its own settings say, and not at all where damping is off', () => {
    const flaps = { penalty: 3000, at: 0, dampedUntil: 900_000 };
    const wans = start(SITE, NO_MEMORY, 0).wans.map((state) => ({
      ...{ ...state, flaps, holdUntil: 900_000 },
      apart: { ipv6: { ...newFamilyHealth(0), down: true, flaps, holdUntil: 900_000 } },
    }));
    const restraints = (changes: Partial<Site['wans'][number]['health']>) => {
      const next = SITE.wans.map((wan) => ({ ...wan, health: { ...wan.health, ...changes } }));
      const [fiber] = changeSite(wans, { ...SITE, wans: next }, 1000);
      return [fiber, fiber?.apart.ipv6].map((part) => [part?.flaps.dampedUntil, part?.holdUntil]);
    };
    const twice = (one: unknown) => [one, one];
    expect(restraints({})).toEqual(twice([undefined, 1000]));
    const damping = { halfLifeMs: 60_000, limitMs: 300_000 };
    expect(restraints({ damping, holdMs: 20_000 })).toEqual(twice([301_000, 21_000]));
    const longer = { halfLifeMs: 300_000, limitMs: 1_800_000 };
    expect(restraints({ damping: longer, holdMs: 3_600_000 })).toEqual(twice([900_000, 900_000]));
  });

  it('keeps the administrator’s word about a WAN that is on another interface now', () => {
    const wans = SITE.wans.map((wan) => ({ ...wan, interface: `${wan.interface}.7` }));
    const word: MonitorEvent = { kind: 'admin', wan: 'cable', word: 'down' };
    const { state, demand } = after([word, { kind: 'site', site: { ...SITE, wans } }], down);
    expect(state.wans.map(({ admin, health }) => [admin, health])).toEqual([
      ['auto', 'unknown'],
      ['down', 'down'],
    ]);
    expect(demand.health).toEqual({ fiber: 'up', cable: 'down' });
  });

  it('lets a new policy use every WAN that is up at once', () => {
    const policies = [
      ...SITE.policies,
      samplePolicy('new', { fiber: 1, cable: 1 }, { failbackAfterMs: 'never' }),
    ];
    expect(after([{ kind: 'site', site: { ...SITE, policies } }], down).state.taken).toEqual({
      balanced: { ipv4: ['cable'], ipv6: [] },
      new: { ipv4: ['cable'], ipv6: [] },
    });
  });
});

describe('a window', () => {
  const answer = (sentAt: number, rttMs: number): Sample => ({ kind: 'answered', sentAt, rttMs });

  it('tells loss, mean delay and jitter of what it still holds', () => {
    const samples: readonly Sample[] = [
      answer(0, 900),
      answer(1000, 20),
      { kind: 'lost', sentAt: 2000 },
      answer(3000, 30),
      answer(4000, 10),
    ];
    const [wan] = SITE.wans;
    if (wan === undefined) throw new Error('no WAN');
    const track = { ...newTrack(0), samples };
    expect(windowOf(track, { ...wan.health, windowMs: 4000 }, 4500)).toEqual({
      count: 4,
      lossPercent: 25,
      rttMs: 20,
      jitterMs: 15,
    });
  });

  it('keeps the order of sending, the newest, and one sample of each probe', () => {
    let samples: readonly Sample[] = [];
    for (const sentAt of [10, 30, 20, 40]) samples = addSample(samples, { kind: 'lost', sentAt }, 3);
    expect(samples.map(({ sentAt }) => sentAt)).toEqual([20, 30, 40]);
    samples = addSample(samples, answer(30, 5), 3);
    expect(samples.map(({ kind }) => kind)).toEqual(['lost', 'answered', 'lost']);
    expect(addSample(samples, answer(5, 1), 3)).toEqual(samples);
  });
});

describe('damping', () => {
  const settings = { halfLifeMs: 300_000, limitMs: 1_800_000 };

  function flapping(times: readonly number[]) {
    return times.reduce((flaps, at) => addFlap(flaps, settings, at), NO_FLAPS);
  }

  it('lets a WAN fail twice, and damps the third failure within minutes', () => {
    expect(flapping([0, 60_000]).dampedUntil).toBeUndefined();
    expect(flapping([0, 60_000, 120_000]).dampedUntil).toBeGreaterThan(120_000 + 300_000);
  });

  it('does not damp three failures in a day', () => {
    expect(flapping([0, 6, 12].map((hours) => hours * 3_600_000)).dampedUntil).toBeUndefined();
  });

  it('lasts the longer the more failures there were, and never longer than the limit', () => {
    const times = Array.from({ length: 500 }, (_, at) => at * 10_000);
    const lengths = times.map((at, index) => (flapping(times.slice(0, index + 1)).dampedUntil ?? at) - at);
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(lengths.at(-1)).toBeGreaterThan(1_500_000);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(settings.limitMs);
  });

  it('can be off', () => {
    const times = [0, 1, 2, 3, 4, 5];
    expect(
      isDamped(
        times.reduce((flaps, at) => addFlap(flaps, undefined, at), NO_FLAPS),
        6,
      ),
    ).toBe(false);
  });
});

describe('a WAN and a policy with names that every object has', () => {
  const site = sampleSite({
    wans: [sampleWan('toString'), sampleWan('cable')],
    policies: [samplePolicy('constructor', { toString: 1, cable: 1 })],
  });

  it('begin and fail as any other', () => {
    const state = start(site, NO_MEMORY, 0);
    expect(state.wans.map(({ admin, health }) => ({ admin, health }))).toEqual(
      state.wans.map(() => ({ admin: 'auto', health: 'unknown' })),
    );
    const { demand } = after([{ kind: 'link', wan: 'toString', state: 'gone' }], state);
    expect(demand).toEqual({ health: { toString: 'down', cable: 'up' }, held: {} });
  });
});
