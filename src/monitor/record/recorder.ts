import { NOWHERE, writeEntry } from './codec.ts';
import type { Entry, RecordStart } from './entry.ts';
import type { Place } from './words.ts';

/** A recording as it is written: two files of at most half the limit each, the second of which begins again and again. */
export interface Recorder {
  readonly place: Place;
  /** What the next file begins with: the last start, with the healths of now. */
  readonly start: RecordStart;
  readonly bytes: number;
  readonly limitBytes: number;
}

export interface Recorded {
  readonly recorder: Recorder;
  /** To be appended. */
  readonly text: string;
  /** First: the file becomes the older one, in the place of the one before, and `text` begins a new one. */
  readonly rotate: boolean;
}

/** An answer is nine bytes: two WANs with two targets each at 500 ms make 6 MB a day, so that two days are kept. */
export const DEFAULT_LIMIT_BYTES = 16_777_216;

export function beginRecording(start: RecordStart, limitBytes: number): Recorded {
  const { text, place } = writeEntry(start, NOWHERE);
  return { recorder: { place, start, bytes: text.length, limitBytes }, text, rotate: false };
}

/** Lines have ASCII alone, so that every character is one byte. */
export function record(recorder: Recorder, entry: Entry, wallMs: number): Recorded {
  const { place, limitBytes } = recorder;
  const start = startAfter(recorder.start, entry);
  const written = writeEntry(entry, place);
  const bytes = recorder.bytes + written.text.length;
  if (bytes <= limitBytes / 2)
    return {
      recorder: { ...recorder, place: written.place, start, bytes },
      text: written.text,
      rotate: false,
    };
  const first = writeEntry({ ...recorder.start, at: Math.round(entry.at), wallMs }, NOWHERE);
  const again = writeEntry(entry, first.place);
  const text = first.text + again.text;
  return { recorder: { ...recorder, place: again.place, start, bytes: text.length }, text, rotate: true };
}

function startAfter(start: RecordStart, entry: Entry): RecordStart {
  if (entry.kind === 'start') return entry;
  if (entry.kind !== 'transition') return start;
  const { wan: name, to } = entry.transition;
  return { ...start, wans: start.wans.map((wan) => (wan.name === name ? { ...wan, health: to } : wan)) };
}
