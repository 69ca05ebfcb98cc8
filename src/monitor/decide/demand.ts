import type { Site } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import { valueAt } from '../../net/value-at.ts';
import { wanPart } from '../../plan/wan-part.ts';
import { lostFamilies } from '../health/families.ts';
import type { WanState } from '../health/state.ts';
import type { Demand, Taken } from './decision.ts';
import { isTaken, standingOf } from './standing.ts';

/**
 * In words of the plan: what is lost or held back by everybody is down, what some policy uses is up, and held by others.
 */
export function demandOf(site: Site, wans: readonly WanState[], taken: Taken, now: number): Demand {
  const up = new Map(wans.map((state) => [state.wan.name, upFamilies(state, taken, now)]));
  const held = site.policies.flatMap((policy) => {
    const waiting = policy.members.flatMap(({ wan }) => {
      const families = up.get(wan) ?? [];
      const idle = families.filter((family) => valueAt(taken, policy.name)?.[family].includes(wan) !== true);
      return namesOf(wan, families, idle);
    });
    return waiting.length === 0 ? [] : [[policy.name, waiting] as const];
  });
  return {
    health: Object.fromEntries(wans.flatMap((state) => healthOf(state, up))),
    held: Object.fromEntries(held),
  };
}

/** A family whose last address is gone still has a gateway in the plan's eyes, where the profile names one. */
function upFamilies(state: WanState, taken: Taken, now: number): readonly Family[] {
  const lost = lostFamilies(state, now);
  return state.wan.families.filter((family) => {
    if (lost.includes(family)) return false;
    const standing = standingOf(state, family);
    return standing === 'used' || (standing === 'spare' && isTaken(taken, state.wan.name, family));
  });
}

function healthOf(
  { wan }: WanState,
  up: ReadonlyMap<string, readonly Family[]>,
): readonly [string, 'up' | 'down'][] {
  const families = up.get(wan.name) ?? [];
  if (families.length === 0) return [[wan.name, 'down']];
  const lost = wan.families.filter((family) => !families.includes(family));
  return [[wan.name, 'up'], ...lost.map((family): [string, 'down'] => [wanPart(wan.name, family), 'down'])];
}

/** The WAN itself where it is about all of its families. */
function namesOf(wan: string, all: readonly Family[], some: readonly Family[]): readonly string[] {
  if (some.length === all.length) return all.length === 0 ? [] : [wan];
  return some.map((family) => wanPart(wan, family));
}
