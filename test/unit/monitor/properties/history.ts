import type { Site, Wan } from '../../../../src/config/site.ts';
import { decide } from '../../../../src/monitor/decide/decide.ts';
import type { Decision, MonitorState } from '../../../../src/monitor/decide/decision.ts';
import { NO_MEMORY, start } from '../../../../src/monitor/decide/start.ts';
import type { MonitorEvent } from '../../../../src/monitor/event.ts';
import { PROBES, type TimedEvent } from '../../../arbitrary/monitor.ts';
import { ORIGIN, samplePolicy, sampleSite, sampleWan } from '../../plan/sample-site.ts';

export function wanWith(name: string, place: number, changes: Partial<Wan['health']> = {}): Wan {
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

export const SITE: Site = sampleSite({
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

interface Step {
  readonly event: MonitorEvent;
  readonly before: MonitorState;
  readonly decision: Decision;
}

export function run(events: readonly TimedEvent[], from = start(SITE, NO_MEMORY, 1000)): readonly Step[] {
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
