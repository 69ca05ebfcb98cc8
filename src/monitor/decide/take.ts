import type { Policy, PolicyMember, Site } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import { valueAt } from '../../net/value-at.ts';
import type { WanState } from '../health/state.ts';
import type { Taken } from './decision.ts';
import { able, lowestTier, standingOf, wanNamed } from './standing.ts';

/** Which members each policy may use now, from which it could use before. */
export function takeMembers(site: Site, wans: readonly WanState[], before: Taken, now: number): Taken {
  return Object.fromEntries(
    site.policies.map((policy) => {
      const take = (family: Family) =>
        takeFor(policy, family, wans, valueAt(before, policy.name)?.[family] ?? [], now);
      return [policy.name, { ipv4: take('ipv4'), ipv6: take('ipv6') }];
    }),
  );
}

/**
 * Those it has and that did not fail; those that are ripe; and where there are none of these, the best of those that wait: a
 * policy without a WAN has no reason to wait for one.
 */
function takeFor(
  policy: Policy,
  family: Family,
  wans: readonly WanState[],
  before: readonly string[],
  now: number,
): readonly string[] {
  const taken = new Set<string>();
  for (const { wan } of policy.members) {
    const state = wanNamed(wans, wan);
    if (state === undefined || !state.wan.families.includes(family)) continue;
    if (standingOf(state, family) === 'out') continue;
    if (before.includes(wan) || isRipe(state, family, policy, now)) taken.add(wan);
  }
  const members = able(policy.members, family, wans, now);
  if (!members.some(({ wan }) => taken.has(wan)))
    for (const { wan } of bestOf(members, family, wans)) taken.add(wan);
  return policy.members.flatMap(({ wan }) => (taken.has(wan) ? [wan] : []));
}

function isRipe(state: WanState, family: Family, policy: Policy, now: number): boolean {
  if (standingOf(state, family) !== 'used') return false;
  const ripensAt = ripeningOf(state, family, policy);
  return ripensAt !== undefined && now >= ripensAt;
}

/** When what came back may be used again; undefined: not until it is needed, or the administrator says so. */
export function ripeningOf(state: WanState, family: Family, { failbackAfterMs }: Policy): number | undefined {
  const returns = [state.returnedAt, state.apart[family]?.returnedAt].filter((at) => at !== undefined);
  if (returns.length === 0) return 0;
  return failbackAfterMs === 'never' ? undefined : Math.max(...returns) + failbackAfterMs;
}

/** One that only waits for `failback_after` is better than one that flaps. */
function bestOf(
  members: readonly PolicyMember[],
  family: Family,
  wans: readonly WanState[],
): readonly PolicyMember[] {
  const used = members.filter(({ wan }) => {
    const state = wanNamed(wans, wan);
    return state !== undefined && standingOf(state, family) === 'used';
  });
  return lowestTier(used.length > 0 ? used : members);
}
