import { NOWHERE, readEntry } from './codec.ts';
import type { Entry } from './entry.ts';

/** A recording, and how many of its lines are not what a recorder writes. */
export interface Recording {
  readonly entries: readonly Entry[];
  readonly unreadable: number;
}

/** Reads files of one recording, the older first. A line that cannot be read is counted, and the others stand. */
export function readRecording(texts: readonly string[]): Recording {
  const entries: Entry[] = [];
  let unreadable = 0;
  for (const text of texts) {
    let place = NOWHERE;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const read = readEntry(line, place);
      if (read === undefined) unreadable += 1;
      else {
        entries.push(read.entry);
        place = read.place;
      }
    }
  }
  return { entries, unreadable };
}
