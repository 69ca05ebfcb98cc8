import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MonitorEvent } from '../../../src/monitor/event.ts';
import { NOWHERE, writeEntry } from '../../../src/monitor/record/codec.ts';
import type { Entry, RecordStart } from '../../../src/monitor/record/entry.ts';
import { readRecording } from '../../../src/monitor/record/read-recording.ts';
import { beginRecording, record } from '../../../src/monitor/record/recorder.ts';
import { anything, PROBES } from '../../arbitrary/monitor.ts';

const START: RecordStart = {
  kind: 'start',
  at: 1000,
  wallMs: Date.UTC(2026, 0, 1),
  wans: Object.entries(PROBES).map(([name, count]) => ({
    name,
    health: 'unknown',
    intervalMs: 500,
    probes: Array.from({ length: count }, (_, at) => `ping 203.0.113.${at + 1}`),
  })),
};

const CAUSES = ['link', 'gateway', 'upstream', 'dns', 'portal', 'loss', 'rtt', 'admin'] as const;
const HEALTHS = ['unknown', 'up', 'degraded', 'down'] as const;

const transition = fc.record(
  {
    wan: fc.constantFrom(...Object.keys(PROBES)),
    from: fc.constantFrom(...HEALTHS),
    to: fc.constantFrom(...HEALTHS),
    cause: fc.constantFrom(...CAUSES),
  },
  { requiredKeys: ['wan', 'from', 'to'] },
);

/** A recording: events, each perhaps with a transition, and now and then another start. */
const entries = fc
  .tuple(
    anything,
    fc.array(fc.option(transition, { nil: undefined }), { maxLength: 150 }),
    fc.array(fc.nat(20), { maxLength: 10 }),
  )
  .map(([events, transitions, restarts]) => {
    let now = START.at;
    const made: Entry[] = [START];
    events.forEach(({ afterMs, event: make }, at) => {
      now += afterMs;
      if (restarts.includes(at)) {
        // A machine that was started again counts from the beginning.
        now = at;
        made.push({ ...START, at: now, wallMs: START.wallMs + 1_000_000 * at });
      }
      const event: MonitorEvent = make(now);
      if (event.kind !== 'tick' && event.kind !== 'site') made.push({ kind: 'event', at: now, event });
      const change = transitions[at];
      if (change !== undefined)
        made.push({ kind: 'transition', at: now, transition: { ...change, at: now } });
    });
    return made;
  });

function write(all: readonly Entry[]): string {
  let place = NOWHERE;
  return all
    .map((entry) => {
      const written = writeEntry(entry, place);
      place = written.place;
      return written.text;
    })
    .join('');
}

describe('a recording', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(entries, (all) => {
        expect(readRecording([write(all)])).toEqual({ entries: all, unreadable: 0 });
      }),
    );
  });

  it('takes few bytes for what happens most: an answer', () => {
    const text = write([
      START,
      {
        kind: 'event',
        at: 1140,
        event: {
          kind: 'probe',
          wan: 'fiber',
          probe: 0,
          sentAt: 1120,
          result: { kind: 'answered', rttMs: 20 },
        },
      },
    ]);
    expect(text.split('\n')[1]).toBe('3w a0 5k');
  });

  it('counts what it cannot read and keeps the rest', () => {
    const event: Entry = { kind: 'event', at: 1100, event: { kind: 'gap' } };
    const text = `${write([START, event])}5 q0\n- z\n5 a9 1\n5 > fiber up sideways\n5 l0`;
    expect(readRecording([text])).toEqual({ entries: [START, event], unreadable: 5 });
    expect(readRecording(['polywan-recording 1 {"at":1}\n'])).toEqual({ entries: [], unreadable: 1 });
    expect(readRecording(['{}'])).toEqual({ entries: [], unreadable: 1 });
  });

  it('leaves out what the start does not name', () => {
    const event: Entry = { kind: 'event', at: 1100, event: { kind: 'link', wan: 'dsl', state: 'up' } };
    expect(write([START, event])).toBe(write([START]));
  });

  it('has one byte for each character, whatever a probe is called', () => {
    const start = {
      ...START,
      wans: [{ name: 'fiber', health: 'up', intervalMs: 500, probes: ['command /bin/prüfe'] }],
    } as const;
    const text = write([start]);
    expect(Buffer.byteLength(text)).toBe(text.length);
    expect(readRecording([text]).entries).toEqual([start]);
  });
});

describe('the recorder', () => {
  /** What two files hold after all entries. */
  function filesAfter(all: readonly Entry[], limitBytes: number): readonly [string, string] {
    const [first, ...rest] = all;
    if (first?.kind !== 'start') throw new Error('no start');
    let { recorder, text } = beginRecording(first, limitBytes);
    let files: readonly [string, string] = ['', text];
    for (const entry of rest) {
      const recorded = record(recorder, entry, START.wallMs + entry.at);
      ({ recorder, text } = recorded);
      files = recorded.rotate ? [files[1], text] : [files[0], files[1] + text];
    }
    return files;
  }

  it('loses nothing while there is room', () => {
    fc.assert(
      fc.property(entries, (all) => {
        expect(readRecording(filesAfter(all, 10_000_000)).entries).toEqual(all);
      }),
    );
  });

  it('stays within the limit, keeps the newest, and each file can be read alone', () => {
    fc.assert(
      fc.property(entries, (all) => {
        // A start of this site takes 300 bytes.
        const limit = 2000;
        const files = filesAfter(all, limit);
        expect(files[0].length + files[1].length).toBeLessThanOrEqual(limit);
        for (const file of files) expect(readRecording([file]).unreadable).toBe(0);
        const kept = readRecording(files).entries;
        expect(kept.at(-1)).toEqual(all.at(-1));
        expect(kept[0]?.kind).toBe('start');
      }),
    );
  });

  it('begins each file with the health of then', () => {
    const down = { wan: 'fiber', from: 'up', to: 'down', at: 1100, cause: 'link' } as const;
    const change: Entry = { kind: 'transition', at: 1100, transition: down };
    const gaps = Array.from(
      { length: 300 },
      (_, at): Entry => ({ kind: 'event', at: 1200 + at, event: { kind: 'gap' } }),
    );
    const [, newer] = filesAfter([START, change, ...gaps], 2000);
    const [start] = readRecording([newer]).entries;
    expect(start).toMatchObject({ kind: 'start', wans: [{ name: 'fiber', health: 'down' }, {}, {}] });
  });
});
