import type { HealthSettings } from '../../config/site.ts';
import type { Track } from './track.ts';

/** Answers to judge by: enough to have seen a slow one, few enough to follow a queue that fills up. */
const RECENT = 16;

/** What a busy router takes to send a probe and to read its answer, beyond what the line takes. */
const LEEWAY_MS = 50;

/**
 * How long after it was sent a probe is to be told as lost. A line that answers in 20 ms need not be waited for a whole
 * second: twice its slowest recent answer will do, and an answer that comes later still makes up for the loss. So `fall`
 * probes at `intervalMs` are seen missing shortly after the last of them was sent.
 */
export function patienceMs({ samples }: Track, { timeoutMs }: HealthSettings): number {
  let [slowest, seen] = [0, 0];
  for (let at = samples.length - 1; at >= 0 && seen < RECENT; at -= 1) {
    const sample = samples[at];
    if (sample?.kind !== 'answered') continue;
    slowest = Math.max(slowest, sample.rttMs);
    seen += 1;
  }
  return seen === 0 ? timeoutMs : Math.min(timeoutMs, Math.ceil(2 * slowest) + LEEWAY_MS);
}
