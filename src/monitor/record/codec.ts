import type { Cause, Transition, WanHealth } from '../health/state.ts';
import type { Entry, RecordedWan, RecordStart } from './entry.ts';
import { readEvent, writeEvent } from './event-words.ts';
import { type Place, readNumber, writeNumber } from './words.ts';

/*
 * One entry is one line. A start is `polywan-recording 1` and JSON; every other line is the milliseconds since the one
 * before in base 36, and words: `3w a0 5k` is an answer after 20.0 ms, told 140 ms later.
 */

const HEAD = 'polywan-recording 1 ';

const HEALTHS: readonly string[] = ['unknown', 'up', 'degraded', 'down'] satisfies readonly WanHealth[];
const CAUSES: readonly string[] = [
  'link',
  'gateway',
  'upstream',
  'dns',
  'portal',
  'loss',
  'rtt',
  'admin',
] satisfies readonly Cause[];

/** Before any start. */
export const NOWHERE: Place = { at: 0, wans: [] };

/**
 * An entry as a line with its newline; none for an event about a WAN that the start does not name. Times become whole
 * milliseconds, and delays tenths.
 */
export function writeEntry(entry: Entry, place: Place): { readonly text: string; readonly place: Place } {
  const at = Math.round(entry.at);
  if (entry.kind === 'start') {
    const { wallMs, wans } = entry;
    const data = { at, wallMs: Math.round(wallMs), wans };
    return { text: `${HEAD}${asciiJson(data)}\n`, place: { at, wans } };
  }
  const words =
    entry.kind === 'transition' ? writeTransition(entry.transition) : writeEvent(entry.event, at, place);
  if (words === undefined) return { text: '', place };
  return { text: `${writeNumber(at - place.at)} ${words}\n`, place: { ...place, at } };
}

/** Every character is one byte, so that a file's size is known without encoding it. */
function asciiJson(data: unknown): string {
  return JSON.stringify(data).replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The entry on a line; undefined when it is none, as where the last line of a file was cut off. */
export function readEntry(
  line: string,
  place: Place,
): { readonly entry: Entry; readonly place: Place } | undefined {
  if (line.startsWith(HEAD)) {
    const entry = readStart(line.slice(HEAD.length));
    return entry === undefined ? undefined : { entry, place: { at: entry.at, wans: entry.wans } };
  }
  const [delay, ...words] = line.split(' ');
  const at = place.at + readNumber(delay);
  if (!Number.isFinite(at)) return undefined;
  const entry = words[0] === '>' ? readTransition(words, at) : eventEntry(words, at, place);
  return entry === undefined ? undefined : { entry, place: { ...place, at } };
}

function eventEntry(words: readonly string[], at: number, place: Place): Entry | undefined {
  const event = readEvent(words, at, place);
  return event === undefined ? undefined : { kind: 'event', at, event };
}

/** Transitions are for people, too: they stand in plain words. */
function writeTransition({ wan, from, to, cause }: Transition): string {
  return ['>', wan, from, to, ...(cause === undefined ? [] : [cause])].join(' ');
}

function readTransition([, wan, from, to, cause]: readonly string[], at: number): Entry | undefined {
  if (wan === undefined || !isHealth(from) || !isHealth(to)) return undefined;
  if (cause !== undefined && !isCause(cause)) return undefined;
  const transition = { wan, from, to, at, ...(cause === undefined ? {} : { cause }) };
  return { kind: 'transition', at, transition };
}

function readStart(text: string): RecordStart | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(data) || !Array.isArray(data.wans) || !data.wans.every(isRecordedWan)) return undefined;
  const { at, wallMs, wans } = data;
  if (typeof at !== 'number' || typeof wallMs !== 'number') return undefined;
  return { kind: 'start', at, wallMs, wans };
}

function isRecordedWan(data: unknown): data is RecordedWan {
  return (
    isRecord(data) &&
    typeof data.name === 'string' &&
    isHealth(data.health) &&
    typeof data.intervalMs === 'number' &&
    Array.isArray(data.probes) &&
    data.probes.every((label) => typeof label === 'string')
  );
}

function isRecord(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null;
}

function isHealth(word: unknown): word is WanHealth {
  return typeof word === 'string' && HEALTHS.includes(word);
}

function isCause(word: string): word is Cause {
  return CAUSES.includes(word);
}
