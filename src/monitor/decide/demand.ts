import type { Site } from '../../config/site.ts';
import type { WanState } from '../health/state.ts';
import type { Demand, Taken } from './decision.ts';
import { isTaken, standingOf } from './standing.ts';

/** In words of the plan: a WAN that is held back by everybody is down, one that some policy uses is up, and held by others. */
export function demandOf(site: Site, wans: readonly WanState[], taken: Taken): Demand {
  const isUp = (state: WanState): boolean => {
    const standing = standingOf(state);
    return standing === 'used' || (standing === 'spare' && isTaken(taken, state.wan.name));
  };
  const up = wans.filter(isUp).map(({ wan }) => wan.name);
  const held = site.policies.flatMap((policy) => {
    const waiting = policy.members.flatMap(({ wan }) =>
      up.includes(wan) && taken[policy.name]?.includes(wan) !== true ? [wan] : [],
    );
    return waiting.length === 0 ? [] : [[policy.name, waiting] as const];
  });
  return {
    health: Object.fromEntries(wans.map(({ wan }) => [wan.name, up.includes(wan.name) ? 'up' : 'down'])),
    held: Object.fromEntries(held),
  };
}
