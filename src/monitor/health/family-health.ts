import type { HealthSettings } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import { NO_FLAPS } from './damping.ts';
import type { Cause, WanState } from './state.ts';
import { causeIn, familiesApart, familyVerdict, type Verdict } from './verdict.ts';
import { isHeldBack, type Weighed, weigh } from './weigh.ts';

/**
 * One family of a WAN whose families have probes of their own each: it goes down and returns by itself, as a WAN does, with
 * `hold`, damping and `failback_after` of its own.
 */
export interface FamilyHealth extends Weighed {
  /** Takes no connections. Stays what it is while nothing can be said. */
  readonly down: boolean;
  /** What is wrong, or was until it is back. */
  readonly cause?: Cause;
  /** When `down` became what it is. */
  readonly since: number;
  readonly returnedAt?: number;
}

export type FamilyHealths = Readonly<Partial<Record<Family, FamilyHealth>>>;

export function newFamilyHealth(now: number): FamilyHealth {
  return { verdict: { kind: 'pending' }, down: false, since: now, holdUntil: 0, flaps: NO_FLAPS };
}

/** The WAN with the health of its families as of now; the same object when they stay as they are. */
export function settleFamilies(state: WanState, now: number): WanState {
  const families = familiesApart(state);
  if (families.length === 0) return Object.keys(state.apart).length === 0 ? state : { ...state, apart: {} };
  let { apart } = state;
  for (const family of families) {
    const before = apart[family] ?? newFamilyHealth(now);
    const next = settleFamily(before, familyVerdict(state, family, now), state.wan.health, now);
    if (next !== apart[family]) apart = { ...apart, [family]: next };
  }
  return apart === state.apart ? state : { ...state, apart };
}

function settleFamily(
  before: FamilyHealth,
  verdict: Verdict,
  settings: HealthSettings,
  now: number,
): FamilyHealth {
  if (isSame(verdict, before.verdict) && (verdict.kind === 'ill') === before.down) return before;
  const state = weigh(before, verdict, settings, now);
  if (verdict.kind === 'ill') {
    return { ...state, down: true, cause: verdict.cause, since: before.down ? before.since : now };
  }
  if (verdict.kind === 'mute' || verdict.kind === 'pending' || !before.down || isHeldBack(state, now))
    return state;
  const { failed, cause: _, ...back } = state;
  const returned = failed === undefined ? {} : { returnedAt: now };
  return { ...back, down: false, since: now, ...returned };
}

function isSame(a: Verdict, b: Verdict): boolean {
  return a.kind === b.kind && causeIn(a) === causeIn(b);
}
