import type { Policy, PolicyMember, Site } from '../../config/site.ts';
import { FAMILIES } from '../../net/family.ts';
import type { WanState } from '../health/state.ts';
import type { Taken } from './decision.ts';
import { able, lowestTier, standingOf, wanNamed } from './standing.ts';

/** Which members each policy may use now, from which it could use before. */
export function takeMembers(site: Site, wans: readonly WanState[], before: Taken, now: number): Taken {
  return Object.fromEntries(
    site.policies.map((policy) => [policy.name, takeFor(policy, wans, before[policy.name] ?? [], now)]),
  );
}

/**
 * Those it has and that did not fail; those that are ripe; and where a family has none of these, the best of those that
 * wait: a policy without a WAN has no reason to wait for one.
 */
function takeFor(
  policy: Policy,
  wans: readonly WanState[],
  before: readonly string[],
  now: number,
): readonly string[] {
  const taken = new Set<string>();
  for (const { wan } of policy.members) {
    const state = wanNamed(wans, wan);
    if (state === undefined || standingOf(state) === 'out') continue;
    if (before.includes(wan) || isRipe(state, policy, now)) taken.add(wan);
  }
  for (const family of FAMILIES) {
    const members = able(policy.members, family, wans, now);
    if (members.some(({ wan }) => taken.has(wan))) continue;
    for (const { wan } of bestOf(members, wans)) taken.add(wan);
  }
  return policy.members.flatMap(({ wan }) => (taken.has(wan) ? [wan] : []));
}

function isRipe(state: WanState, policy: Policy, now: number): boolean {
  if (!state.used) return false;
  const ripensAt = ripeningOf(state, policy);
  return ripensAt !== undefined && now >= ripensAt;
}

/** When a WAN that came back may be used again; undefined: not until it is needed, or the administrator says so. */
export function ripeningOf({ returnedAt }: WanState, { failbackAfterMs }: Policy): number | undefined {
  if (returnedAt === undefined) return 0;
  return failbackAfterMs === 'never' ? undefined : returnedAt + failbackAfterMs;
}

/** One that only waits for `failback_after` is better than one that flaps. */
function bestOf(members: readonly PolicyMember[], wans: readonly WanState[]): readonly PolicyMember[] {
  const used = members.filter(({ wan }) => wanNamed(wans, wan)?.used === true);
  return lowestTier(used.length > 0 ? used : members);
}
