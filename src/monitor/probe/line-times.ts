import type { Host } from '../../host/host.ts';

/** The wall clock is not set by less than this; two readings a millisecond apart differ by less. */
const SET_MS = 20;

/**
 * Makes monotonic times of a child's times on the wall, of all lines that are read at once. Where the wall clock was set
 * since the last reading, nobody knows when they were written: they count as written now.
 */
export function lineTimes(host: Pick<Host, 'now' | 'monotonicMs'>): () => (writtenMs: number) => number {
  let ahead: number | undefined;
  return () => {
    const now = host.monotonicMs();
    const before = ahead ?? host.now() - now;
    ahead = host.now() - now;
    if (Math.abs(ahead - before) > SET_MS) return () => now;
    const shift = ahead;
    return (writtenMs) => Math.min(now, writtenMs - shift);
  };
}
