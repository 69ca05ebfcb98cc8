import type { WanState } from './state.ts';
import { leftOutAfterMs, type Track } from './track.ts';

/**
 * Whether a WAN is as well as it was before one more answer of a probe: then nothing new follows from it, and no conclusion
 * has to be drawn again. Most samples are of this kind.
 */
export function isSteady(before: WanState, after: WanState, now: number): boolean {
  return (
    after.health === 'up' &&
    after.verdict.kind === 'well' &&
    after.wan === before.wan &&
    after.link === before.link &&
    after.families === before.families &&
    after.admin === before.admin &&
    Object.values(after.apart).every(({ down, verdict }) => !down && verdict.kind === 'well') &&
    before.probes.every(isAnswering) &&
    after.probes.every(
      (track) => isAnswering(track) && now - track.heardAt <= leftOutAfterMs(after.wan.health),
    )
  );
}

function isAnswering({ speaking, verdict, samples }: Track): boolean {
  return speaking && verdict.kind === 'well' && samples.at(-1)?.kind === 'answered';
}
