import type { HealthSettings, Probe } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import { causeOf } from './cause.ts';
import { carries, lostFamilies } from './families.ts';
import { familyAsked } from './family-asked.ts';
import type { FamilyHealth } from './family-health.ts';
import type { Cause, WanState } from './state.ts';
import { leftOutAfterMs, type Track } from './track.ts';
import { runLength } from './window.ts';

/**
 * What the evidence of a WAN says now. mute: no probe can measure. pending: not enough to say anything, so nothing
 * changes.
 */
export type Verdict =
  | { readonly kind: 'mute' | 'pending' | 'well' }
  | { readonly kind: 'degraded' | 'ill'; readonly cause: Cause };

export function causeIn(verdict: Verdict): Cause | undefined {
  return verdict.kind === 'degraded' || verdict.kind === 'ill' ? verdict.cause : undefined;
}

/** A probe with its track. */
export interface Voice {
  readonly probe: Probe;
  readonly track: Track;
  /** Undefined: it speaks for all. */
  readonly family: Family | undefined;
}

/**
 * A link that is not up, or no way to any next router, decides alone. Otherwise the probes do: the WAN is ill when the
 * quorum could not be met even if every probe that is not heard were well, and well when enough of those heard are. Where
 * families are judged apart, this holds for each of them, and the WAN is ill when all are. `state.apart` is of now.
 */
export function verdictOf(state: WanState, now: number): Verdict {
  const { wan, link } = state;
  if (link !== undefined && link !== 'up') return { kind: 'ill', cause: 'link' };
  if (!wan.families.some((family) => carries(state, family, now))) return { kind: 'ill', cause: 'gateway' };
  const voices = voicesOf(state);
  const partly: Verdict =
    lostFamilies(state, now).length > 0 ? { kind: 'degraded', cause: 'gateway' } : { kind: 'well' };
  if (voices.length === 0) return link === undefined ? { kind: 'pending' } : partly;
  if (familiesApart(state).length > 0) return together(state, partly, now);
  return count(voices, wan.health, partly, now);
}

/** Families of which each has probes of its own, and so can be ill alone; none when there is but one such. */
export function familiesApart(state: WanState): readonly Family[] {
  const { families } = state.wan;
  if (families.length < 2) return [];
  const asked = new Set(
    voicesOf(state).flatMap(({ probe, family }) => (probe.kind === 'arp' ? [] : [family])),
  );
  return families.every((family) => asked.has(family)) ? families : [];
}

/**
 * What the probes of one family say, with those that speak for all; these cannot keep it up when its own are all ill. A link
 * that is not up is the WAN's matter.
 */
export function familyVerdict(state: WanState, family: Family, now: number): Verdict {
  if (state.link !== undefined && state.link !== 'up') return { kind: 'pending' };
  if (lostFamilies(state, now).includes(family)) return { kind: 'ill', cause: 'gateway' };
  const { health } = state.wan;
  const voices = voicesFor(state, family);
  const own = votersOf(
    voices.filter((voice) => voice.family === family),
    health,
    now,
  );
  if (own.length > 0 && own.every(isIll)) return { kind: 'ill', cause: causeOf(own, voices, health.fall) };
  return count(voices, health, { kind: 'well' }, now);
}

/** What families that are judged apart make of their WAN, as far as it carries them. */
function together(state: WanState, partly: Verdict, now: number): Verdict {
  const parts = state.wan.families.flatMap((family) => {
    const health = state.apart[family];
    return health === undefined || !carries(state, family, now) ? [] : [{ family, health }];
  });
  const all = (kind: Verdict['kind']): boolean => parts.every(({ health }) => health.verdict.kind === kind);
  if (all('mute')) return { kind: 'mute' };
  const ill = parts.find(({ health }) => health.verdict.kind === 'ill');
  if (ill !== undefined && all('ill')) return ill.health.verdict;
  const good = parts.filter(({ health }) => isGood(health));
  if (good.length === 0) return { kind: 'pending' };
  // As with probes: the other family may be about to fall ill, too.
  if (ill !== undefined && !good.some(({ family }) => isAnswering(state, family, now)))
    return { kind: 'pending' };
  const out = Object.values(state.apart).find(({ down }) => down);
  if (out?.cause !== undefined) return { kind: 'degraded', cause: out.cause };
  return good.find(({ health }) => health.verdict.kind === 'degraded')?.health.verdict ?? partly;
}

function isGood({ verdict }: FamilyHealth): boolean {
  return verdict.kind === 'well' || verdict.kind === 'degraded';
}

function isAnswering(state: WanState, family: Family, now: number): boolean {
  const { health } = state.wan;
  const voters = votersOf(voicesFor(state, family), health, now);
  return answering(wellOf(voters)).length >= neededOf(voters, health);
}

function voicesOf(state: WanState): readonly Voice[] {
  return state.wan.probes.flatMap((probe, at): Voice[] => {
    const track = state.probes[at];
    return track === undefined ? [] : [{ probe, track, family: familyAsked(probe, track, state) }];
  });
}

function voicesFor(state: WanState, family: Family): readonly Voice[] {
  return voicesOf(state).filter((voice) => voice.family === undefined || voice.family === family);
}

function count(voices: readonly Voice[], health: HealthSettings, partly: Verdict, now: number): Verdict {
  const voters = votersOf(voices, health, now);
  if (!voters.some(({ track }) => track.speaking)) return { kind: 'mute' };
  const needed = neededOf(voters, health);
  const ill = voters.filter(isIll);
  if (voters.length - ill.length < needed) return { kind: 'ill', cause: causeOf(ill, voices, health.fall) };
  const well = wellOf(voters);
  if (well.length < needed) return { kind: 'pending' };
  const wrong = voices.filter(isIll);
  if (wrong.length === 0) return partly;
  // Probes that fall silent together do so one after the other: those that are missing answers now may be about to.
  if (answering(well).length < needed) return { kind: 'pending' };
  return { kind: 'degraded', cause: causeOf(wrong, voices, health.fall) };
}

function neededOf(voters: readonly Voice[], { quorum }: HealthSettings): number {
  return Math.min(quorum, voters.length);
}

function wellOf(voters: readonly Voice[]): readonly Voice[] {
  return voters.filter(({ track }) => track.speaking && track.verdict.kind === 'well');
}

function answering(voices: readonly Voice[]): readonly Voice[] {
  return voices.filter(({ track }) => runLength(track.samples, false, 1) === 0);
}

function isIll({ track }: Voice): boolean {
  return track.speaking && track.verdict.kind === 'ill';
}

/**
 * The gateway's own answer says nothing of the internet behind it: it counts only where nothing else is asked. Nor does a
 * probe that has not been heard of for long.
 */
function votersOf(voices: readonly Voice[], health: HealthSettings, now: number): readonly Voice[] {
  const others = voices.filter(({ probe }) => probe.kind !== 'arp');
  const leftOut = leftOutAfterMs(health);
  return (others.length === 0 ? voices : others).filter(({ track }) => now - track.heardAt <= leftOut);
}
