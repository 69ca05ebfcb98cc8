import * as fc from 'fast-check';
import type { MonitorEvent } from '../../src/monitor/event.ts';

/** WANs with so many probes each, as the sites of the monitor's property tests have them. */
export const PROBES: Readonly<Record<string, number>> = { fiber: 2, cable: 1, lte: 3 };

const wan = fc.constantFrom(...Object.keys(PROBES));
const family = fc.constantFrom('ipv4' as const, 'ipv6' as const);
const tenths = fc.integer({ min: 0, max: 30_000 }).map((value) => value / 10);

/** A probe of one of the WANs; `sentAt` is that long before it is told. */
const probe = wan.chain((name) =>
  fc.record({ wan: fc.constant(name), probe: fc.nat((PROBES[name] ?? 1) - 1) }),
);

export interface TimedEvent {
  readonly afterMs: number;
  readonly event: (now: number) => MonitorEvent;
}

const result = fc.oneof(
  tenths.map((rttMs) => ({ kind: 'answered' as const, rttMs })),
  tenths.map((rttMs) => ({ kind: 'late' as const, rttMs })),
  fc.constantFrom(
    { kind: 'lost' as const },
    { kind: 'lost' as const },
    { kind: 'portal' as const },
    { kind: 'bad' as const },
    { kind: 'error' as const },
  ),
);

/** Of a name, with the family it was found in. */
const named = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  family.map((found) => ({ family: found })),
);

const sample = fc.tuple(probe, result, fc.nat(1500), named).map(
  ([at, outcome, agoMs, found]) =>
    (now: number): MonitorEvent => ({ kind: 'probe', ...at, sentAt: now - agoMs, result: outcome, ...found }),
);

const other: fc.Arbitrary<(now: number) => MonitorEvent> = fc
  .oneof(
    fc.tuple(probe, fc.constantFrom('died' as const, 'started' as const)).map(([at, state]) => {
      return { kind: 'child' as const, ...at, state };
    }),
    fc
      .tuple(
        wan,
        fc.constantFrom(
          'up' as const,
          'up' as const,
          'down' as const,
          'no-carrier' as const,
          'gone' as const,
        ),
      )
      .map(([name, state]) => ({ kind: 'link' as const, wan: name, state })),
    fc
      .tuple(wan, family, fc.constantFrom([], ['192.0.2.2'], ['192.0.2.3', '192.0.2.4']))
      .map(([name, of, addresses]) => ({ kind: 'address' as const, wan: name, family: of, addresses })),
    fc
      .tuple(wan, family, fc.constantFrom({}, { gateway: '192.0.2.1' }, { gateway: 'device' }))
      .map(([name, of, gateway]) => ({ kind: 'gateway' as const, wan: name, family: of, ...gateway })),
    fc.tuple(wan, fc.nat(), fc.nat(), fc.nat(9)).map(([name, receivedBytes, sentBytes, receivedPackets]) => {
      return { kind: 'traffic' as const, wan: name, receivedBytes, sentBytes, receivedPackets };
    }),
    fc.tuple(wan, fc.constantFrom('up' as const, 'down' as const, 'auto' as const)).map(([name, word]) => {
      return { kind: 'admin' as const, wan: name, word };
    }),
    fc.constant({ kind: 'gap' as const }),
  )
  .map((event) => () => event);

const tick = fc.constant((): MonitorEvent => ({ kind: 'tick' }));

function timed(event: fc.Arbitrary<(now: number) => MonitorEvent>): fc.Arbitrary<readonly TimedEvent[]> {
  return fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 3000 }), event }), { maxLength: 150 });
}

/** Whatever can happen, in whatever order. */
export const anything = timed(
  fc.oneof({ weight: 6, arbitrary: sample }, { weight: 2, arbitrary: other }, tick),
);

/** What says nothing of a WAN: probes that could not be made, children that die and start, pauses and ticks. */
export const nothing = timed(
  fc.oneof(
    probe.map(
      (at) =>
        (now: number): MonitorEvent => ({ kind: 'probe', ...at, sentAt: now, result: { kind: 'error' } }),
    ),
    fc.tuple(probe, fc.constantFrom('died' as const, 'started' as const)).map(
      ([at, state]) =>
        (): MonitorEvent => ({ kind: 'child', ...at, state }),
    ),
    fc.constant((): MonitorEvent => ({ kind: 'gap' })),
    tick,
  ),
);
