import type { Mark } from '../../net/mark.ts';
import type { MarkWrite } from './mark-write.ts';

/** What the two words can come to be; `any` where they cannot be listed. */
export interface PossibleWords {
  readonly packet: ReadonlySet<number> | 'any';
  readonly connection: ReadonlySet<number> | 'any';
}

/** Rulesets use tens of marks; beyond this many words nothing is claimed. */
const MAX_WORDS = 2048;

/**
 * All words that the writes can make, in whatever order and however often they run, beginning with these on sockets.
 * More than what really comes about, never less.
 */
export function possibleWords(writes: readonly MarkWrite[], sockets: readonly number[]): PossibleWords {
  // Each constant is a word by itself, so that this many need no counting.
  if (hasManyConstants(writes)) return { packet: 'any', connection: 'any' };
  // Thousands of rules set marks, and most of them in one way.
  const ways = new Map<string, Way>();
  for (const { word, kept, copied, shifted, constants } of writes) {
    if (constants === undefined || shifted !== 0) return { packet: 'any', connection: 'any' };
    const name = `${word} ${kept} ${copied}`;
    const way = ways.get(name) ?? { word, kept, copied, constants: new Set() };
    for (const constant of constants) way.constants.add(constant);
    ways.set(name, way);
  }
  const packet = new Set([0, ...sockets]);
  const connection = new Set([0]);
  for (let before = -1; before !== packet.size + connection.size; ) {
    before = packet.size + connection.size;
    for (const way of ways.values()) {
      const [own, other] = way.word === 'packet' ? [packet, connection] : [connection, packet];
      addWords(way, own, other);
      if (own.size > MAX_WORDS) return { packet: 'any', connection: 'any' };
    }
  }
  return { packet, connection };
}

function hasManyConstants(writes: readonly MarkWrite[]): boolean {
  const constants = { packet: new Set<number>(), connection: new Set<number>() };
  for (const write of writes) {
    const own = constants[write.word];
    for (const constant of write.constants ?? []) own.add(constant);
    if (own.size > MAX_WORDS) return true;
  }
  return false;
}

/** Writes that differ in their constants alone. */
type Way = Pick<MarkWrite, 'word' | 'kept' | 'copied'> & { readonly constants: Set<number> };

function addWords({ kept, copied, constants }: Way, own: Set<number>, other: ReadonlySet<number>): void {
  const stay = new Set([...own].map((word) => (word & kept) >>> 0));
  const come = copied === 0 ? new Set([0]) : new Set([...other].map((word) => (word & copied) >>> 0));
  for (const one of stay)
    for (const two of come) {
      for (const constant of constants) own.add((one ^ two ^ constant) >>> 0);
      if (own.size > MAX_WORDS) return;
    }
}

/** Whether one of the words carries the mark, as a policy rule compares it: bits outside its mask do not count. */
export function canCarry(words: ReadonlySet<number> | 'any', { value, mask }: Mark): boolean {
  if (words === 'any') return true;
  for (const word of words) if (((word ^ value) & mask) === 0) return true;
  return false;
}
