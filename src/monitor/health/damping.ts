import type { DampingSettings } from '../../config/site.ts';

/** How much a WAN has flapped: a penalty that halves with time (the scheme is BGP's, RFC 2439). */
export interface Flaps {
  readonly penalty: number;
  /** When the penalty had this value. */
  readonly at: number;
  /** Set when the penalty went over the limit; a WAN that is well stays out of use until then. */
  readonly dampedUntil?: number;
}

export const NO_FLAPS: Flaps = { penalty: 0, at: 0 };

/** One flap. */
const PENALTY = 1000;

/** Over this a WAN is damped: with the third flap, while the first two are not half forgotten. */
const SUPPRESS_AT = 2500;

/** At this it is let back. Under two flaps, so that one alone never damps; over half of one, so that it ends in time. */
const REUSE_AT = 1000;

/** One more flap. What it adds is bounded, so that no WAN is damped for longer than the limit after its last one. */
export function addFlap(flaps: Flaps, settings: DampingSettings | undefined, now: number): Flaps {
  if (settings === undefined) return NO_FLAPS;
  const { halfLifeMs, limitMs } = settings;
  const highest = REUSE_AT * 2 ** (limitMs / halfLifeMs);
  const penalty = Math.min(highest, penaltyAt(flaps, settings, now) + PENALTY);
  const damped = penalty >= Math.min(highest, SUPPRESS_AT) || isDamped(flaps, now);
  if (!damped) return { penalty, at: now };
  return { penalty, at: now, dampedUntil: now + Math.ceil(halfLifeMs * Math.log2(penalty / REUSE_AT)) };
}

export function penaltyAt(flaps: Flaps, { halfLifeMs }: DampingSettings, now: number): number {
  return flaps.penalty * 2 ** (-(now - flaps.at) / halfLifeMs);
}

export function isDamped({ dampedUntil }: Flaps, now: number): boolean {
  return dampedUntil !== undefined && now < dampedUntil;
}

/** Flaps of before under the settings of now: damped no longer than their limit from now, whatever was made of a clock. */
export function boundFlaps(flaps: Flaps, settings: DampingSettings | undefined, now: number): Flaps {
  if (settings === undefined) return NO_FLAPS;
  const { penalty, dampedUntil } = flaps;
  const at = Math.min(flaps.at, now);
  if (dampedUntil === undefined) return { penalty, at };
  return { penalty, at, dampedUntil: Math.min(dampedUntil, now + settings.limitMs) };
}
