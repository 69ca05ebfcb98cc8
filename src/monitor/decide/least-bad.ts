import { FAMILIES } from '../../net/family.ts';
import { carries } from '../health/families.ts';
import { windowOf } from '../health/judge-track.ts';
import type { WanState } from '../health/state.ts';

/** When no WAN is in use: the one that is likeliest to return. */
export function leastBad(wans: readonly WanState[], now: number): string | undefined {
  if (wans.some(({ used }) => used)) return undefined;
  const ranked = wans
    .filter(({ admin }) => admin !== 'down')
    .map((state) => ({ name: state.wan.name, badness: badnessOf(state, now) }));
  ranked.sort((a, b) => compare(a.badness, b.badness));
  return ranked[0]?.name;
}

/** In the order of what takes longest to mend: no link, no gateway, probes that are ill, loss, delay. */
function badnessOf(state: WanState, now: number): readonly number[] {
  const windows = state.probes.map((track) => windowOf(track, state.wan.health, now));
  return [
    state.link === undefined || state.link === 'up' ? 0 : 1,
    FAMILIES.some((family) => carries(state, family, now)) ? 0 : 1,
    state.probes.filter(({ verdict }) => verdict.kind === 'ill').length,
    mean(windows.map(({ lossPercent }) => lossPercent)),
    mean(windows.flatMap(({ rttMs }) => rttMs ?? [])),
  ];
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, each) => sum + each, 0) / values.length;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
