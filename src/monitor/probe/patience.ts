/**
 * How long an answer is waited for before its probe counts as lost. A late answer makes it good again, so it pays to be
 * quick: RFC 6298's retransmission time, smoothed delay plus four times its variation.
 */
export interface Patience {
  readonly smoothedMs: number;
  readonly variationMs: number;
}

/**
 * Never less: a busy router delays its own answers by so much. A fifth of a second is what RFC 6298 implementations take;
 * half of that still keeps a silent failure under 0.7 s at 200 ms × 3.
 */
export const LEAST_PATIENCE_MS = 100;

export function learnDelay(before: Patience | undefined, rttMs: number): Patience {
  if (before === undefined) return { smoothedMs: rttMs, variationMs: rttMs / 2 };
  return {
    variationMs: 0.75 * before.variationMs + 0.25 * Math.abs(before.smoothedMs - rttMs),
    smoothedMs: 0.875 * before.smoothedMs + 0.125 * rttMs,
  };
}

/** Milliseconds; the profile's timeout before any answer, and at most. */
export function patienceMs(known: Patience | undefined, timeoutMs: number): number {
  if (known === undefined) return timeoutMs;
  return Math.min(timeoutMs, Math.max(LEAST_PATIENCE_MS, known.smoothedMs + 4 * known.variationMs));
}
