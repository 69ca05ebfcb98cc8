import type { HealthSettings } from '../../config/site.ts';
import { addFlap, boundFlaps, type Flaps, isDamped } from './damping.ts';
import type { Verdict } from './verdict.ts';

/** What is kept of verdicts, of a WAN or of one of its families. */
export interface Weighed {
  /** What the evidence says, before hold, damping and the administrator. */
  readonly verdict: Verdict;
  /** The last evidence that said anything: a flap is when it turns from well to ill. */
  readonly wasWell?: boolean;
  /** Until then what went down stays down (`health.hold`). */
  readonly holdUntil: number;
  readonly flaps: Flaps;
  /** It failed since it was last in use: its return will be one. What is slow to begin with does not return. */
  readonly failed?: true;
}

/** The next verdict, and a flap where it turns from well to ill. */
export function weigh<T extends Weighed>(
  state: T,
  verdict: Verdict,
  settings: HealthSettings,
  now: number,
): T {
  const next = { ...state, verdict };
  if (verdict.kind === 'well' || verdict.kind === 'degraded') return { ...next, wasWell: true };
  if (verdict.kind !== 'ill') return next;
  if (state.wasWell !== true) return { ...next, wasWell: false };
  return {
    ...next,
    wasWell: false,
    failed: true,
    flaps: addFlap(state.flaps, settings.damping, now),
    holdUntil: now + settings.holdMs,
  };
}

/** Whether what is well is kept out of use, by `hold` or by damping. */
export function isHeldBack({ holdUntil, flaps }: Weighed, now: number): boolean {
  return now < holdUntil || isDamped(flaps, now);
}

/** What holds back is that of these settings from now on, when they are new or the clock may have been set. */
export function restrain<T extends Pick<Weighed, 'holdUntil' | 'flaps'>>(
  state: T,
  { holdMs, damping }: HealthSettings,
  now: number,
): T {
  return {
    ...state,
    holdUntil: Math.min(state.holdUntil, now + holdMs),
    flaps: boundFlaps(state.flaps, damping, now),
  };
}
