/** One probe's outcome, by the time it was sent. */
export type Sample =
  | { readonly kind: 'answered'; readonly sentAt: number; readonly rttMs: number }
  | { readonly kind: 'lost' | 'bad' | 'portal'; readonly sentAt: number };

/** What a span of samples amounts to. Absent figures have no sample to rest on. */
export interface Statistics {
  readonly count: number;
  readonly lossPercent: number;
  /** Mean. */
  readonly rttMs?: number;
  /** Mean difference between the delays of neighbouring answers. */
  readonly jitterMs?: number;
}

/** In the order of sending; a second word about the same probe takes the first one's place, and the oldest make room. */
export function addSample(samples: readonly Sample[], sample: Sample, capacity: number): readonly Sample[] {
  let at = samples.length;
  while (at > 0 && (samples[at - 1]?.sentAt ?? 0) > sample.sentAt) at -= 1;
  const same = at > 0 && samples[at - 1]?.sentAt === sample.sentAt;
  const spare = Math.max(0, samples.length - capacity + (same ? 0 : 1));
  if (spare > at) return samples;
  const next = samples.slice(spare, same ? at - 1 : at);
  next.push(sample, ...samples.slice(at));
  return next;
}

export function hasSample(samples: readonly Sample[], sentAt: number): boolean {
  return samples[placeFrom(samples, sentAt)]?.sentAt === sentAt;
}

export function statisticsOf(samples: readonly Sample[], from: number): Statistics {
  let [count, answered, sum, steps, differences] = [0, 0, 0, 0, 0];
  let previous: number | undefined;
  for (let at = placeFrom(samples, from); at < samples.length; at += 1) {
    const sample = samples[at];
    if (sample === undefined) continue;
    count += 1;
    if (sample.kind !== 'answered') continue;
    answered += 1;
    sum += sample.rttMs;
    if (previous !== undefined) {
      steps += 1;
      differences += Math.abs(sample.rttMs - previous);
    }
    previous = sample.rttMs;
  }
  return {
    count,
    lossPercent: count === 0 ? 0 : (100 * (count - answered)) / count,
    ...(answered === 0 ? {} : { rttMs: sum / answered }),
    ...(steps === 0 ? {} : { jitterMs: differences / steps }),
  };
}

/** How many answers, or misses, there are at the end, not looking further back than `limit`. */
export function runLength(samples: readonly Sample[], answered: boolean, limit: number): number {
  let length = 0;
  while (length < samples.length && length < limit) {
    const sample = samples[samples.length - 1 - length];
    if ((sample?.kind === 'answered') !== answered) break;
    length += 1;
  }
  return length;
}

/** The place of the first sample that was sent at this time or later. */
function placeFrom(samples: readonly Sample[], from: number): number {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.sentAt ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
