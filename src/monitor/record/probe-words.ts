import { FAMILIES } from '../../net/family.ts';
import type { ProbeEvent, ProbeResult } from '../event.ts';
import { type Place, readNumber, readProbe, writeNumber, writeProbe } from './words.ts';

const LETTERS = { answered: 'a', lost: 'l', late: 'r', portal: 'o', bad: 'b', error: 'e' } as const;

/** Delays are kept to a tenth of a millisecond. */
const TENTHS = 10;

/**
 * `a0 5k`: the first probe of all was answered after 20.0 ms. What stands last is the time since it was sent, left out
 * where the delay says it. `a0/ipv6`: of a name that was looked up in that family.
 */
export function writeProbeEvent(event: ProbeEvent, at: number, place: Place): string | undefined {
  const key = writeProbe(place, event.wan, event.probe);
  if (key === undefined) return undefined;
  const { result } = event;
  const since = Math.round(at - event.sentAt);
  const tenths = 'rttMs' in result ? Math.round(result.rttMs * TENTHS) : undefined;
  const words = [
    LETTERS[result.kind] + key + (event.family === undefined ? '' : `/${event.family}`),
    ...(tenths === undefined ? [] : [writeNumber(tenths)]),
    ...(tenths !== undefined && since === Math.round(tenths / TENTHS) ? [] : [writeNumber(since)]),
  ];
  return words.join(' ');
}

export function readProbeEvent(words: readonly string[], at: number, place: Place): ProbeEvent | undefined {
  const [head = '', ...rest] = words;
  const [key = '', word] = head.slice(1).split('/');
  const known = readProbe(place, key);
  const family = FAMILIES.find((each) => each === word);
  if (known === undefined || family !== word) return undefined;
  const numbers = rest.map(readNumber);
  const isTimed = head[0] === LETTERS.answered || head[0] === LETTERS.late;
  const rttMs = (numbers[0] ?? Number.NaN) / TENTHS;
  const since = isTimed ? (numbers[1] ?? Math.round(rttMs)) : (numbers[0] ?? Number.NaN);
  const result = resultOf(head[0], rttMs);
  if (result === undefined || !Number.isFinite(since)) return undefined;
  const event = { kind: 'probe', ...known, sentAt: at - since, result } as const;
  return family === undefined ? event : { ...event, family };
}

function resultOf(letter: string | undefined, rttMs: number): ProbeResult | undefined {
  switch (letter) {
    case LETTERS.answered:
      return { kind: 'answered', rttMs };
    case LETTERS.late:
      return { kind: 'late', rttMs };
    case LETTERS.lost:
      return { kind: 'lost' };
    case LETTERS.portal:
      return { kind: 'portal' };
    case LETTERS.bad:
      return { kind: 'bad' };
    case LETTERS.error:
      return { kind: 'error' };
    default:
      return undefined;
  }
}
