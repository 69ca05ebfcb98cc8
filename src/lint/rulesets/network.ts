import { networkStretch } from '../../trace/operand.ts';
import type { Point } from '../../trace/term.ts';

/** One value. */
export const EXACT = -1;

/** Neither one value nor one network: not hashed, only compared. */
export const LOOSE = -2;

/** The length of the network that a stretch of addresses is; `LOOSE` for one that is none. */
export function networkLength(first: Point, last: Point, domain: string | undefined): number {
  if (domain === 'ipv4' && typeof first === 'number' && typeof last === 'number') {
    const size = last - first + 1;
    const length = Math.clz32(last - first);
    return 2 ** (32 - length) === size && first % size === 0 ? length : LOOSE;
  }
  if (domain !== 'ipv6' || typeof first !== 'string') return LOOSE;
  for (let length = 0; length < 128; length += 1) {
    const [from, to] = networkStretch(first, length);
    if (from === first && to === last) return length;
  }
  return LOOSE;
}

/** The same for every address of the network of that length. */
export function networkOf(point: Point, length: number): Point {
  if (typeof point === 'number') return Math.floor(point / 2 ** (32 - length));
  return networkStretch(point, length)[0];
}

export function hashOf(value: Point): number {
  if (typeof value === 'number') return Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  let hash = 0;
  for (let at = 0; at < value.length; at += 1) hash = (Math.imul(hash, 31) + value.charCodeAt(at)) | 0;
  return hash;
}
