import type { Entry, RecordStart } from '../record/entry.ts';
import { wallClock } from './wall-clock.ts';

/** What one life of the daemon recorded, by the clock on the wall. */
export interface Life {
  readonly start: RecordStart;
  readonly entries: readonly Entry[];
}

/** A recording life by life; none where it does not even begin. */
export function livesOf(entries: readonly Entry[]): readonly Life[] {
  const clocked = wallClock(entries);
  const begins = entries.flatMap((_, index) => (beginsAnew(entries, index) ? [index] : []));
  if (begins[0] !== 0) return [];
  return begins.flatMap((from, index) => {
    const start = clocked[from];
    return start?.kind === 'start' ? [{ start, entries: clocked.slice(from, begins[index + 1]) }] : [];
  });
}

/** The monotonic clock does so with each life; another file, another site and a gap leave it as it is. */
function beginsAnew(entries: readonly Entry[], index: number): boolean {
  const [entry, before] = [entries[index], entries[index - 1]];
  return entry?.kind === 'start' && (before === undefined || entry.at < before.at);
}
