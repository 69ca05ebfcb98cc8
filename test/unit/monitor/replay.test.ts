import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Site } from '../../../src/config/site.ts';
import { NO_MEMORY, remember, start } from '../../../src/monitor/decide/start.ts';
import { NOWHERE, writeEntry } from '../../../src/monitor/record/codec.ts';
import type { Entry } from '../../../src/monitor/record/entry.ts';
import { knownEvents } from '../../../src/monitor/record/known-events.ts';
import { readRecording } from '../../../src/monitor/record/read-recording.ts';
import { recordStart } from '../../../src/monitor/record/record-start.ts';
import { play } from '../../../src/monitor/replay/play.ts';
import { replay } from '../../../src/monitor/replay/replay.ts';
import { readTimeline, type Timeline } from './timeline.ts';

const FOLDER = join(import.meta.dirname, '../../timelines');
const BEGAN = Date.UTC(2026, 0, 1);

function timelineOf(name: string): Timeline {
  return readTimeline(readFileSync(join(FOLDER, name), 'utf8'));
}

/** What a monitor that watched the timeline would have recorded, through its text; each life has a clock of its own. */
function recordingOf({ site, lives, until }: Timeline): readonly Entry[] {
  let memory = NO_MEMORY;
  const entries: Entry[] = [];
  for (const [index, { from, script }] of lives.entries()) {
    let state = start(site, memory, from);
    const known = knownEvents(state).map((event): Entry => ({ kind: 'event', at: from, event }));
    const life: Entry[] = [recordStart(state, BEGAN + from), ...known];
    for (const { at, event, decision } of play(state, script, lives[index + 1]?.from ?? until)) {
      if (event.kind !== 'tick' && event.kind !== 'site') life.push({ kind: 'event', at, event });
      life.push(...decision.transitions.map((transition): Entry => ({ kind: 'transition', at, transition })));
      state = decision.state;
    }
    memory = remember(state);
    entries.push(...life.map((entry) => sooner(entry, from)));
  }
  let place = NOWHERE;
  const texts = entries.map((entry) => {
    const written = writeEntry(entry, place);
    place = written.place;
    return written.text;
  });
  return readRecording([texts.join('')]).entries;
}

/** By the clock of a life that began so much later. */
function sooner(entry: Entry, by: number): Entry {
  const at = entry.at - by;
  if (entry.kind === 'start') return { ...entry, at };
  if (entry.kind === 'transition')
    return { ...entry, at, transition: { ...entry.transition, at: entry.transition.at - by } };
  const { event } = entry;
  return event.kind === 'probe'
    ? { ...entry, at, event: { ...event, sentAt: event.sentAt - by } }
    : { ...entry, at };
}

const TIMELINES = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

describe('a recording that is played to the site it was made with', () => {
  it.each(TIMELINES)('gives what happened: %s', (name) => {
    const timeline = timelineOf(name);
    const course = replay(recordingOf(timeline), timeline.site);
    expect(course?.replayed).toEqual(course?.happened);
    expect(course?.notes).toEqual([]);
  });
});

describe('a recording that is played to another site', () => {
  const timeline = timelineOf('silent-blackhole.txt');
  const entries = recordingOf(timeline);

  function withHealth(changes: Partial<Site['wans'][number]['health']>): Site {
    const wans = timeline.site.wans.map((wan) => ({ ...wan, health: { ...wan.health, ...changes } }));
    return { ...timeline.site, wans };
  }

  it('shows what its thresholds would have made of it', () => {
    const course = replay(entries, withHealth({ fall: 2, rise: 4 }));
    const fiber = (at: number) => ({ wan: 'fiber', at: BEGAN + at, cause: 'upstream' });
    expect(course?.happened.transitions.filter(({ wan }) => wan === 'fiber').slice(1)).toEqual([
      { ...fiber(21_600), from: 'up', to: 'down' },
      { ...fiber(44_520), from: 'down', to: 'up' },
    ]);
    expect(course?.replayed.transitions.filter(({ wan }) => wan === 'fiber').slice(1)).toEqual([
      { ...fiber(20_600), from: 'up', to: 'down' },
      { ...fiber(41_520), from: 'down', to: 'up' },
    ]);
    expect(course?.happened.downMs).toEqual({ fiber: 22_920, cable: 0 });
    expect(course?.replayed.downMs).toEqual({ fiber: 20_920, cable: 0 });
  });

  it('takes an answer for lost that this site would not have waited for', () => {
    const slow = recordingOf(timelineOf('late-answers.txt'));
    const { site } = timelineOf('late-answers.txt');
    const first = site.wans.map((wan) => ({ ...wan, health: { ...wan.health, fall: 1 } }));
    expect(replay(slow, { ...site, wans: first })?.replayed.transitions.map(({ to }) => to)).toContain(
      'down',
    );
  });

  it('says what cannot be compared', () => {
    const [fiber, cable] = timeline.site.wans;
    if (fiber === undefined || cable === undefined) throw new Error('no such WANs');
    const origin = fiber.origin;
    const changed: Site = {
      ...timeline.site,
      wans: [
        { ...fiber, name: 'dsl' },
        {
          ...cable,
          probes: [{ kind: 'ping', target: '198.51.100.9', origin }],
          health: { ...cable.health, intervalMs: 200 },
        },
      ],
    };
    expect(replay(entries, changed)?.notes).toEqual([
      'WAN fiber is in the recording, but not in the site',
      'WAN dsl is in the site, but not in the recording',
      'WAN cable: "ping 198.51.100.9" was not asked when it was recorded; it stays unknown',
      'WAN cable: "ping 203.0.113.1" is not asked by the site',
      'WAN cable: probes were recorded every 500ms, and are replayed so, not every 200ms',
    ]);
  });

  it('begins with the healths of then, and counts only the time that was watched', () => {
    const [first] = entries;
    if (first?.kind !== 'start') throw new Error('no start');
    const down = first.wans.map((wan) => ({ ...wan, health: 'down' as const }));
    const half: readonly Entry[] = [
      { ...first, at: 0, wans: down },
      { kind: 'event', at: 60_000, event: { kind: 'link', wan: 'fiber', state: 'no-carrier' } },
      // The machine was off for an hour; its monotonic clock begins anew.
      { ...first, at: 5, wallMs: BEGAN + 3_660_000, wans: down },
      { kind: 'event', at: 30_005, event: { kind: 'link', wan: 'fiber', state: 'no-carrier' } },
    ];
    const course = replay(half, timeline.site);
    expect(course?.happened.downMs).toEqual({ fiber: 90_000, cable: 90_000 });
    expect(course?.replayed.downMs).toEqual({ fiber: 90_000, cable: 90_000 });
    expect(course?.watched).toEqual([
      { from: BEGAN, to: BEGAN + 60_000 },
      { from: BEGAN + 3_660_000, to: BEGAN + 3_690_000 },
    ]);
  });

  it('is refused without a beginning', () => {
    expect(replay([], timeline.site)).toBeUndefined();
    expect(replay(entries.slice(1), timeline.site)).toBeUndefined();
  });
});
