import type { HealthSettings, Probe } from '../../config/site.ts';
import { causeOf } from './cause.ts';
import { carries, lostFamilies } from './families.ts';
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

/** A probe with its track. */
export interface Voice {
  readonly probe: Probe;
  readonly track: Track;
}

/**
 * A link that is not up, or no way to any next router, decides alone. Otherwise the probes do: the WAN is ill when the
 * quorum could not be met even if every probe that is not heard were well, and well when enough of those heard are.
 */
export function verdictOf(state: WanState, now: number): Verdict {
  const { wan, link, probes } = state;
  if (link !== undefined && link !== 'up') return { kind: 'ill', cause: 'link' };
  if (!wan.families.some((family) => carries(state, family, now))) return { kind: 'ill', cause: 'gateway' };
  const voices = wan.probes.flatMap((probe, at): Voice[] => {
    const track = probes[at];
    return track === undefined ? [] : [{ probe, track }];
  });
  const partly: Verdict =
    lostFamilies(state, now).length > 0 ? { kind: 'degraded', cause: 'gateway' } : { kind: 'well' };
  if (voices.length === 0) return link === undefined ? { kind: 'pending' } : partly;
  return count(voices, wan.health, partly, now);
}

function count(voices: readonly Voice[], health: HealthSettings, partly: Verdict, now: number): Verdict {
  const leftOut = leftOutAfterMs(health);
  const voters = votersOf(voices).filter(({ track }) => now - track.heardAt <= leftOut);
  if (!voters.some(({ track }) => track.speaking)) return { kind: 'mute' };
  const needed = Math.min(health.quorum, voters.length);
  const ill = voters.filter(isIll);
  if (voters.length - ill.length < needed) return { kind: 'ill', cause: causeOf(ill, voices, health.fall) };
  const well = voters.filter(({ track }) => track.speaking && track.verdict.kind === 'well');
  if (well.length < needed) return { kind: 'pending' };
  const wrong = voices.filter(isIll);
  if (wrong.length === 0) return partly;
  // Probes that fall silent together do so one after the other: those that are missing answers now may be about to.
  const answering = well.filter(({ track }) => runLength(track.samples, false, 1) === 0);
  if (answering.length < needed) return { kind: 'pending' };
  return { kind: 'degraded', cause: causeOf(wrong, voices, health.fall) };
}

function isIll({ track }: Voice): boolean {
  return track.speaking && track.verdict.kind === 'ill';
}

/** The gateway's own answer says nothing of the internet behind it: it counts only where nothing else is asked. */
function votersOf(voices: readonly Voice[]): readonly Voice[] {
  const others = voices.filter(({ probe }) => probe.kind !== 'arp');
  return others.length === 0 ? voices : others;
}
