import type { HealthSettings } from '../../config/site.ts';
import type { Sample } from './window.ts';

/** One probe as it is being judged. */
export interface Track {
  /** In the order they were sent; bounded by `capacityOf`. */
  readonly samples: readonly Sample[];
  readonly verdict: TrackVerdict;
  /** False while its child is dead or cannot measure: its last verdict stands, but it takes no WAN down. */
  readonly speaking: boolean;
  /** When it last said something, or began to be asked. */
  readonly heardAt: number;
  /** Loss is counted from here: an outage that is over is not held against what follows it. */
  readonly countFrom: number;
  /** Samples sent before are of another life of the link, and ignored. */
  readonly askedFrom: number;
}

/** Pending: too little was seen for a verdict. */
export type TrackVerdict =
  | { readonly kind: 'pending' | 'well' }
  | { readonly kind: 'ill'; readonly of: IllOf };

export type IllOf = 'silence' | 'bad' | 'portal' | 'loss' | 'rtt';

export const PENDING: TrackVerdict = { kind: 'pending' };

export function newTrack(now: number): Track {
  return { samples: [], verdict: PENDING, speaking: true, heardAt: now, countFrom: now, askedFrom: now };
}

/** At most this many samples are kept: 41 s of the fastest probes. `readHealth` refuses windows that hold more. */
export const MAX_SAMPLES = 4096;

/** How many samples a window of these settings needs: its time, and every count in a row. */
export function capacityOf(health: HealthSettings): number {
  const inWindow = Math.ceil(health.windowMs / health.intervalMs);
  return Math.min(MAX_SAMPLES, Math.max(inWindow, health.fall, health.rise) + 1);
}
