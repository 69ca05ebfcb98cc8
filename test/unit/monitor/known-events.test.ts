import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatReplay } from '../../../src/cli/format/replay.ts';
import { sayNotice } from '../../../src/cli/monitor/say-notice.ts';
import { NO_MEMORY, start } from '../../../src/monitor/decide/start.ts';
import type { Transition } from '../../../src/monitor/health/state.ts';
import type { Entry } from '../../../src/monitor/record/entry.ts';
import { knownEvents } from '../../../src/monitor/record/known-events.ts';
import { recordStart } from '../../../src/monitor/record/record-start.ts';
import { play } from '../../../src/monitor/replay/play.ts';
import { replay } from '../../../src/monitor/replay/replay.ts';
import { readTimeline } from './timeline.ts';

const TIMELINE = readTimeline(
  readFileSync(join(import.meta.dirname, '../../timelines/no-probes.txt'), 'utf8'),
);

it('a recording that begins late rests on what was told before: a word and auto leave a WAN without probes up', () => {
  const begin = start(TIMELINE.site, NO_MEMORY, 0);
  const [played] = play(begin, [...(TIMELINE.lives[0]?.script ?? [])], TIMELINE.until);
  const wan = TIMELINE.site.wans[0]?.name ?? '';
  const up = { kind: 'event', at: 1, event: { kind: 'link', wan, state: 'up' } } as const;
  let state = played?.before ?? begin;
  for (const { decision } of play(begin, [up], 10)) state = decision.state;
  const known = knownEvents(state);
  expect(known).toContainEqual({ kind: 'link', wan, state: 'up' });
  const word = (at: number, said: 'up' | 'auto'): Entry => ({
    kind: 'event',
    at,
    event: { kind: 'admin', wan, word: said },
  });
  const entries: Entry[] = [
    recordStart(state, 1_000_000),
    ...known.map((event): Entry => ({ kind: 'event', at: 10, event })),
    word(1000, 'up'),
    word(2000, 'auto'),
  ];
  const course = replay(entries, TIMELINE.site);
  expect(course?.replayed.transitions.filter(({ to }) => to === 'unknown')).toEqual([]);
});

it('what is told some milliseconds sooner in a replay stands beside what happened', () => {
  const down = (at: number): Transition => ({ wan: 'fiber', from: 'up', to: 'down', at, cause: 'dns' });
  const course = (...transitions: readonly Transition[]) => ({ transitions, downMs: {} });
  const text = formatReplay(
    {
      watched: [{ from: 0, to: 60_000 }],
      happened: course(down(1000), down(20_000)),
      replayed: course(down(1001), down(30_000)),
      notes: [],
    },
    120,
  );
  expect(text.match(/^1970.*$/gm)).toEqual([
    '1970-01-01 00:00:01.000 UTC  fiber  up to down (dns)  up to down (dns)',
    '1970-01-01 00:00:20.000 UTC  fiber  up to down (dns)  -',
    '1970-01-01 00:00:30.000 UTC  fiber  -                 up to down (dns)',
  ]);
});

it('notices say what there is to say', () => {
  expect(sayNotice({ kind: 'reloaded', changes: [], resets: [] }).text).toBe(
    'site reloaded: the machine is as it wants it',
  );
  expect(sayNotice({ kind: 'reset', wan: 'fiber', family: 'ipv6', why: 'failed', count: 1 }).text).toBe(
    '1 IPv6 connection of WAN fiber reset: it failed',
  );
  expect(sayNotice({ kind: 'reset', wan: 'fiber', family: 'ipv4', why: 'admin', count: 2 }).text).toBe(
    '2 IPv4 connections of WAN fiber reset: an administrator took it down',
  );
});
