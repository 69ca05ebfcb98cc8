import type { Site } from '../../config/site.ts';
import type { Memory, MonitorState } from '../decide/decision.ts';
import { NO_MEMORY, remember, start } from '../decide/start.ts';
import type { Transition, WanHealth } from '../health/state.ts';
import type { Entry, RecordStart } from '../record/entry.ts';
import { livesOf } from './lives-of.ts';
import { downTimes, type Known, type Span, watchedSpans } from './outage.ts';
import { play } from './play.ts';
import { notesOf } from './replay-notes.ts';
import { scriptOf } from './script-of.ts';

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

/** Plays a recording to another site, whose monitor is started again whenever the one that recorded was. */
export function replay(entries: readonly Entry[], site: Site): Replay | undefined {
  const lives = livesOf(entries);
  if (lives.length === 0) return undefined;
  const clocked = lives.flatMap((life) => life.entries);
  const watched = watchedSpans(clocked);
  const transitions: Transition[] = [];
  const begun: Known[] = [];
  let memory = NO_MEMORY;
  for (const life of lives) {
    const begin = startOf(life.start, site, memory);
    begun.push({
      at: begin.now,
      wans: begin.wans.map(({ wan, health }) => ({ name: wan.name, health })),
    });
    let state = begin;
    for (const { decision } of play(begin, scriptOf(life.entries, site), life.entries.at(-1)?.at ?? 0)) {
      transitions.push(...decision.transitions);
      state = decision.state;
    }
    memory = remember(state);
  }
  const told = clocked.flatMap((entry) => (entry.kind === 'transition' ? [entry.transition] : []));
  const starts = clocked.filter((entry) => entry.kind === 'start');
  return {
    watched,
    happened: { transitions: told, downMs: downTimes(starts, told, watched) },
    replayed: { transitions, downMs: downTimes(begun, transitions, watched) },
    notes: notesOf(starts, site),
  };
}

/**
 * The monitor of this site as it begins a life. A recording that begins in the midst of things begins with the healths of
 * then, and has the administrator's words of then among its first events.
 */
function startOf({ at, wans }: RecordStart, site: Site, memory: Memory): MonitorState {
  const healthThen = (name: string) => wans.find((wan) => wan.name === name)?.health ?? 'unknown';
  const down = memory.down.filter((name) => healthThen(name) !== 'down');
  return start(seeded(site, healthThen), { ...memory, admin: {}, down }, at);
}

function seeded(site: Site, healthThen: (wan: string) => WanHealth): Site {
  return {
    ...site,
    wans: site.wans.map((wan) => {
      const was = healthThen(wan.name);
      if (was === 'unknown') return wan;
      return { ...wan, health: { ...wan.health, initial: was === 'down' ? 'down' : 'up' } };
    }),
  };
}
