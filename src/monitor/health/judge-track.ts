import { ENOUGH_SAMPLES } from '../../config/defaults.ts';
import type { HealthSettings } from '../../config/site.ts';
import type { IllOf, Track, TrackVerdict } from './track.ts';
import { runLength, type Statistics, statisticsOf } from './window.ts';

/**
 * A probe falls ill with `fall` misses in a row, or over an upper threshold of the window. It becomes well with `rise`
 * answers in a row, and every figure at or below its lower threshold. Between the two it stays what it is.
 */
export function judgeTrack(track: Track, health: HealthSettings, now: number): TrackVerdict {
  const { samples, verdict } = track;
  if (runLength(samples, false, health.fall) === health.fall) {
    const last = samples.at(-1);
    return { kind: 'ill', of: last?.kind === 'bad' || last?.kind === 'portal' ? last.kind : 'silence' };
  }
  const statistics = windowOf(track, health, now);
  const over = overBand(statistics, health);
  if (over !== undefined) return { kind: 'ill', of: over };
  if (verdict.kind === 'well') return verdict;
  const risen = runLength(samples, true, health.rise) === health.rise;
  return risen && underBand(statistics, health) ? { kind: 'well' } : verdict;
}

/** Loss, delay and jitter as they are judged and shown. */
export function windowOf(track: Track, { windowMs }: HealthSettings, now: number): Statistics {
  return statisticsOf(track.samples, Math.max(track.countFrom, now - windowMs));
}

function overBand({ count, lossPercent, rttMs }: Statistics, health: HealthSettings): IllOf | undefined {
  // The last probes within the window are still waited for.
  const judged = Math.floor((health.windowMs - health.timeoutMs) / health.intervalMs);
  const enough = Math.min(ENOUGH_SAMPLES, judged);
  if (count < Math.max(1, enough)) return undefined;
  if (health.loss !== undefined && lossPercent >= health.loss.downPercent) return 'loss';
  if (health.rtt !== undefined && rttMs !== undefined && rttMs >= health.rtt.downMs) return 'rtt';
  return undefined;
}

function underBand({ lossPercent, rttMs }: Statistics, { loss, rtt }: HealthSettings): boolean {
  return (
    (loss === undefined || lossPercent <= loss.upPercent) &&
    (rtt === undefined || rttMs === undefined || rttMs <= rtt.upMs)
  );
}
