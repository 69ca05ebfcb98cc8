import type { Probe, Site, Wan } from '../../config/site.ts';
import type { WanState } from '../health/state.ts';
import { newTrack } from '../health/track.ts';
import { restrain } from '../health/weigh.ts';
import { probeLabel } from '../probe-label.ts';
import { NO_MEMORY, startWan } from './start.ts';

/**
 * The WANs of a site that was read again: one that kept its name and interface keeps what is known of it. Of one on another
 * interface the administrator's word alone is left, which is about the name.
 */
export function changeSite(wans: readonly WanState[], site: Site, now: number): readonly WanState[] {
  return site.wans.map((wan) => {
    const known = wans.find((state) => state.wan.name === wan.name);
    if (known?.wan.interface === wan.interface) return changeWan(known, wan, now);
    const admin = known === undefined || known.admin === 'auto' ? {} : { [wan.name]: known.admin };
    return startWan(wan, { ...NO_MEMORY, admin }, now);
  });
}

function changeWan(state: WanState, wan: Wan, now: number): WanState {
  const place = new Map(state.wan.probes.map((probe: Probe, at) => [probeLabel(probe), at]));
  const probes = wan.probes.map((probe) => {
    const at = place.get(probeLabel(probe));
    return (at === undefined ? undefined : state.probes[at]) ?? newTrack(now);
  });
  const { health } = wan;
  const apart = Object.entries(state.apart).map(
    ([family, each]) => [family, restrain(each, health, now)] as const,
  );
  return { ...restrain(state, health, now), wan, probes, apart: Object.fromEntries(apart) };
}
