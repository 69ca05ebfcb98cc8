import type { Cause } from './state.ts';
import type { Track } from './track.ts';
import type { Voice } from './verdict.ts';
import { runLength } from './window.ts';

/** So many misses in a row of the gateway tell a dead gateway, when the hosts behind it have already fallen silent. */
const GATEWAY_MISSES = 2;

/** What is wrong, from the probes that are ill and what the others say. */
export function causeOf(ill: readonly Voice[], all: readonly Voice[], fall: number): Cause {
  if (ill.some(({ track }) => illOf(track) === 'portal')) return 'portal';
  if (gatewayIsSilent(all, fall)) return 'gateway';
  const kinds = ill.map(({ track }) => illOf(track));
  if (ill.every(({ probe }) => probe.kind === 'dns')) {
    // Name servers that say nothing may be all that is asked: then nobody can tell them from the way to them.
    const others = all.some(({ probe }) => probe.kind !== 'dns' && probe.kind !== 'arp');
    if (others || kinds.every((kind) => kind === 'bad')) return 'dns';
  }
  if (kinds.every((kind) => kind === 'rtt')) return 'rtt';
  if (kinds.every((kind) => kind === 'loss' || kind === 'rtt')) return 'loss';
  return ill.every(({ probe }) => probe.kind === 'arp') ? 'gateway' : 'upstream';
}

function gatewayIsSilent(all: readonly Voice[], fall: number): boolean {
  const misses = Math.min(GATEWAY_MISSES, fall);
  return all.some(
    ({ probe, track }) =>
      probe.kind === 'arp' && track.speaking && runLength(track.samples, false, misses) === misses,
  );
}

function illOf({ verdict }: Track) {
  return verdict.kind === 'ill' ? verdict.of : undefined;
}
