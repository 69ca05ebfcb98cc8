import type { Entry } from '../record/entry.ts';

/**
 * The same entries by the clock on the wall, which every start ties to the monotonic one. Time never goes back: where the
 * wall clock was set back, what follows comes right after what was before.
 */
export function wallClock(entries: readonly Entry[]): readonly Entry[] {
  let offset = 0;
  let latest = 0;
  return entries.map((entry) => {
    if (entry.kind === 'start') offset = Math.max(entry.wallMs, latest) - entry.at;
    latest = Math.max(latest, entry.at + offset);
    return shift(entry, offset);
  });
}

function shift(entry: Entry, offset: number): Entry {
  const at = entry.at + offset;
  switch (entry.kind) {
    case 'start':
      return { ...entry, at };
    case 'transition':
      return { ...entry, at, transition: { ...entry.transition, at: entry.transition.at + offset } };
    case 'event':
      return entry.event.kind === 'probe'
        ? { ...entry, at, event: { ...entry.event, sentAt: entry.event.sentAt + offset } }
        : { ...entry, at };
  }
}
