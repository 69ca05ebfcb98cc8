import type { HealthSettings } from '../../config/site.ts';
import type { ProbeResult } from '../event.ts';
import { judgeTrack } from './judge-track.ts';
import { capacityOf, type Track } from './track.ts';
import { addSample, hasSample, runLength, type Sample } from './window.ts';

/** A loss that is told this much after its timeout says that the machine was busy, not that the WAN was. */
const TOO_LATE_MS = 1000;

/** One more word about a probe, and what it makes of the verdict. */
export function hear(
  track: Track,
  sentAt: number,
  result: ProbeResult,
  health: HealthSettings,
  now: number,
): Track {
  if (sentAt < track.askedFrom) return track;
  if (result.kind === 'error') return hearNothing(track, health);
  if (result.kind === 'lost' && now - sentAt > health.timeoutMs + TOO_LATE_MS) return track;
  if (result.kind === 'late' && !hasSample(track.samples, sentAt)) return track;
  const samples = addSample(track.samples, sampleOf(sentAt, result), capacityOf(health));
  const heard: Track = {
    ...track,
    samples,
    speaking: true,
    unmeasured: 0,
    heardAt: now,
    countFrom: endsOutage(track.samples, samples, health) ? sentAt : track.countFrom,
  };
  return { ...heard, verdict: judgeTrack(heard, health, now) };
}

/** As one miss takes no WAN down, one question that could not be asked does not make its probe mute. */
function hearNothing(track: Track, { fall }: HealthSettings): Track {
  const unmeasured = Math.min(fall, track.unmeasured + 1);
  return { ...track, unmeasured, speaking: track.speaking && unmeasured < fall };
}

function sampleOf(sentAt: number, result: Exclude<ProbeResult, { readonly kind: 'error' }>): Sample {
  return result.kind === 'answered' || result.kind === 'late'
    ? { kind: 'answered', sentAt, rttMs: result.rttMs }
    : { kind: result.kind, sentAt };
}

function endsOutage(before: readonly Sample[], after: readonly Sample[], { fall }: HealthSettings): boolean {
  return runLength(before, false, fall) === fall && runLength(after, true, 1) === 1;
}
