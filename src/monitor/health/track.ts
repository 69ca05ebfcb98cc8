import { MAX_WINDOW_SAMPLES } from '../../config/defaults.ts';
import type { HealthSettings } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import type { Sample } from './window.ts';

/** One probe as it is being judged. */
export interface Track {
  /** In the order they were sent; bounded by `capacityOf`. */
  readonly samples: readonly Sample[];
  readonly verdict: TrackVerdict;
  /** False while its child is dead or cannot measure: its last verdict stands, but takes no WAN up or down. */
  readonly speaking: boolean;
  /** How many questions in a row could not be asked, up to `fall`. */
  readonly unmeasured: number;
  /** When it last said something, or began to be asked. */
  readonly heardAt: number;
  /** Loss and delay are counted from here: an outage that is over is not held against what follows it. */
  readonly countFrom: number;
  /** Of a name: the family it was last looked up in. */
  readonly family?: Family;
  /** Samples sent before are of another life of the link or the child, and ignored. */
  readonly askedFrom: number;
}

/** Pending: too little was seen for a verdict. */
export type TrackVerdict =
  | { readonly kind: 'pending' | 'well' }
  | { readonly kind: 'ill'; readonly of: IllOf };

export type IllOf = 'silence' | 'bad' | 'portal' | 'loss' | 'rtt';

/** A probe about which nothing is known. */
export function newTrack(now: number): Track {
  return {
    samples: [],
    verdict: { kind: 'pending' },
    speaking: true,
    unmeasured: 0,
    heardAt: now,
    countFrom: now,
    askedFrom: now,
  };
}

/** What was measured no longer counts, but what was concluded from it stands. */
export function restartTrack(track: Track, now: number): Track {
  return { ...track, samples: [], heardAt: now, countFrom: now, askedFrom: now };
}

/** How many samples these settings need: the window's, and every count in a row. */
export function capacityOf(health: HealthSettings): number {
  const inWindow = Math.ceil(health.windowMs / health.intervalMs);
  return Math.min(MAX_WINDOW_SAMPLES, Math.max(inWindow, health.fall, health.rise) + 1);
}

/**
 * A probe that has said nothing for so long is not waited for: the others decide. Longer than a dead child needs to be
 * started again a few times, and than any answer takes.
 */
export function leftOutAfterMs({ intervalMs, timeoutMs }: HealthSettings): number {
  return Math.max(60_000, 4 * (intervalMs + timeoutMs));
}
