import type { Policy, PolicyMember } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import { carries } from '../health/families.ts';
import type { WanState } from '../health/state.ts';
import type { MonitorState, Taken } from './decision.ts';

/** used: takes connections. spare: well, but held back by `hold` or damping. out: takes none, whatever the need. */
type Standing = 'used' | 'spare' | 'out';

export function standingOf(state: WanState): Standing {
  if (state.used) return 'used';
  const well = state.verdict.kind === 'well' || state.verdict.kind === 'degraded';
  return well && state.admin !== 'down' ? 'spare' : 'out';
}

export function wanNamed(wans: readonly WanState[], name: string): WanState | undefined {
  return wans.find(({ wan }) => wan.name === name);
}

/** Those of `members` that can take connections of this family now, if anybody lets them. */
export function able(
  members: readonly PolicyMember[],
  family: Family,
  wans: readonly WanState[],
  now: number,
): readonly PolicyMember[] {
  return members.filter((member) => {
    const state = wanNamed(wans, member.wan);
    return state !== undefined && standingOf(state) !== 'out' && carries(state, family, now);
  });
}

export function lowestTier(members: readonly PolicyMember[]): readonly PolicyMember[] {
  const tier = Math.min(...members.map((member) => member.tier));
  return members.filter((member) => member.tier === tier);
}

/** WANs that take this policy's new connections, as `activeMembers` of the plan will find them. */
export function activeIn(
  { wans, taken, now }: Pick<MonitorState, 'wans' | 'taken' | 'now'>,
  policy: Policy,
  family: Family,
): readonly string[] {
  const members = policy.members.filter((member) => taken[policy.name]?.includes(member.wan));
  return lowestTier(able(members, family, wans, now)).map((member) => member.wan);
}

export function isTaken(taken: Taken, wan: string): boolean {
  return Object.values(taken).some((members) => members.includes(wan));
}
