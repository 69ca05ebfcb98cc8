import type { AdminWord, LinkState } from '../event.ts';
import type { RecordedEvent } from './entry.ts';
import { readProbeEvent, writeProbeEvent } from './probe-words.ts';
import { type Place, readNumber, readProbe, readWan, writeNumber, writeProbe, writeWan } from './words.ts';

const LINKS: readonly LinkState[] = ['up', 'down', 'no-carrier', 'gone'];
const WORDS: readonly AdminWord[] = ['up', 'down', 'auto'];

/** Nothing stands for no address, no gateway. */
const NOTHING = '-';

/** An event as words; undefined when it is about a WAN or probe that the start does not name. */
export function writeEvent(event: RecordedEvent, at: number, place: Place): string | undefined {
  if (event.kind === 'probe') return writeProbeEvent(event, at, place);
  if (event.kind === 'gap') return 'z';
  if (event.kind === 'child') {
    const key = writeProbe(place, event.wan, event.probe);
    return key === undefined ? undefined : `c${key} ${event.state}`;
  }
  const wan = writeWan(place, event.wan);
  if (wan === undefined) return undefined;
  switch (event.kind) {
    case 'link':
      return `k${wan} ${event.state}`;
    case 'admin':
      return `w${wan} ${event.word}`;
    case 'address':
      return `i${wan} ${event.family} ${event.addresses.join(',') || NOTHING}`;
    case 'gateway':
      return `g${wan} ${event.family} ${event.gateway ?? NOTHING}`;
    case 'traffic': {
      const numbers = [event.receivedBytes, event.sentBytes, event.receivedPackets].map(writeNumber);
      return `t${wan} ${numbers.join(' ')}`;
    }
  }
}

export function readEvent(words: readonly string[], at: number, place: Place): RecordedEvent | undefined {
  const [head = '', first = '', second] = words;
  if (head === 'z') return { kind: 'gap' };
  if (head[0] === 'c') return readChild(head.slice(1), first, place);
  const wan = readWan(place, head.slice(1));
  switch (head[0]) {
    case 'k':
      return readWord(wan, LINKS, first, (name, state) => ({ kind: 'link', wan: name, state }));
    case 'w':
      return readWord(wan, WORDS, first, (name, word) => ({ kind: 'admin', wan: name, word }));
    case 'i':
    case 'g':
      return readCarrier(head[0], wan, first, second);
    case 't':
      return readTraffic(wan, words.slice(1));
    default:
      return readProbeEvent(words, at, place);
  }
}

function readChild(key: string, state: string, place: Place): RecordedEvent | undefined {
  const known = readProbe(place, key);
  if (known === undefined || (state !== 'died' && state !== 'started')) return undefined;
  return { kind: 'child', ...known, state };
}

function readWord<T extends string>(
  wan: string | undefined,
  known: readonly T[],
  text: string,
  make: (wan: string, word: T) => RecordedEvent,
): RecordedEvent | undefined {
  const word = known.find((each) => each === text);
  return wan === undefined || word === undefined ? undefined : make(wan, word);
}

function readCarrier(
  letter: 'i' | 'g',
  wan: string | undefined,
  family: string,
  value: string | undefined,
): RecordedEvent | undefined {
  if (wan === undefined || value === undefined || (family !== 'ipv4' && family !== 'ipv6')) return undefined;
  const values = value === NOTHING ? [] : value.split(',');
  if (letter === 'i') return { kind: 'address', wan, family, addresses: values };
  const [gateway] = values;
  return { kind: 'gateway', wan, family, ...(gateway === undefined ? {} : { gateway }) };
}

function readTraffic(wan: string | undefined, words: readonly string[]): RecordedEvent | undefined {
  const [receivedBytes = Number.NaN, sentBytes = Number.NaN, receivedPackets = Number.NaN] =
    words.map(readNumber);
  if (wan === undefined || Number.isNaN(receivedBytes + sentBytes + receivedPackets)) return undefined;
  return { kind: 'traffic', wan, receivedBytes, sentBytes, receivedPackets };
}
