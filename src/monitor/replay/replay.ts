import type { Site } from '../../config/site.ts';
import { NO_MEMORY, start } from '../decide/start.ts';
import type { Transition } from '../health/state.ts';
import type { Entry, RecordStart } from '../record/entry.ts';
import { downTimes, type Span, watchedSpans } from './outage.ts';
import { play } from './play.ts';
import { notesOf } from './replay-notes.ts';
import { scriptOf } from './script-of.ts';
import { wallClock } from './wall-clock.ts';

/** What happened, and what would have happened under another site. Times are milliseconds since the epoch. */
export interface Replay {
  /** When the monitor that recorded was watching. */
  readonly watched: readonly Span[];
  readonly happened: Course;
  readonly replayed: Course;
  /** What makes the two hard to compare: WANs and probes that only one of them has. */
  readonly notes: readonly string[];
}

export interface Course {
  readonly transitions: readonly Transition[];
  /** WAN → how long it was down while it was watched. */
  readonly downMs: Readonly<Record<string, number>>;
}

/** Plays a recording to another site. Undefined when it does not even begin. */
export function replay(entries: readonly Entry[], site: Site): Replay | undefined {
  const clocked = wallClock(entries);
  const [first] = clocked;
  if (first?.kind !== 'start') return undefined;
  const watched = watchedSpans(clocked);
  const until = watched.at(-1)?.to ?? first.at;
  const transitions: Transition[] = [];
  const begin = start(seeded(site, first), NO_MEMORY, first.at);
  for (const { decision } of play(begin, scriptOf(clocked, site), until))
    transitions.push(...decision.transitions);
  const told = clocked.flatMap((entry) => (entry.kind === 'transition' ? [entry.transition] : []));
  const starts = clocked.filter((entry) => entry.kind === 'start');
  const healths = begin.wans.map(({ wan, health }) => ({ name: wan.name, health }));
  return {
    watched,
    happened: { transitions: told, downMs: downTimes(starts, told, watched) },
    replayed: {
      transitions,
      downMs: downTimes([{ at: first.at, wans: healths }], transitions, watched),
    },
    notes: notesOf(starts, site),
  };
}

/** A recording that begins in the midst of things begins with the healths of then. */
function seeded(site: Site, { wans }: RecordStart): Site {
  return {
    ...site,
    wans: site.wans.map((wan) => {
      const was = wans.find(({ name }) => name === wan.name)?.health ?? 'unknown';
      if (was === 'unknown') return wan;
      return { ...wan, health: { ...wan.health, initial: was === 'down' ? 'down' : 'up' } };
    }),
  };
}
