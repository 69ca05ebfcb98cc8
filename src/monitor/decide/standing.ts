import type { Policy, PolicyMember } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import { valueAt } from '../../net/value-at.ts';
import { carries } from '../health/families.ts';
import type { WanState } from '../health/state.ts';
import type { Verdict } from '../health/verdict.ts';
import type { MonitorState, Taken } from './decision.ts';

/** used: takes connections. spare: well, but held back by `hold` or damping. out: takes none, whatever the need. */
type Standing = 'used' | 'spare' | 'out';

/** Of a WAN in one of its families; the administrator's word is about all of them. */
export function standingOf(state: WanState, family: Family): Standing {
  const whole = wholeStanding(state);
  const apart = state.apart[family];
  if (whole === 'out' || apart?.down !== true || state.admin === 'up') return whole;
  return isWell(apart.verdict) ? 'spare' : 'out';
}

function wholeStanding({ used, verdict, admin }: WanState): Standing {
  if (used) return 'used';
  return isWell(verdict) && admin !== 'down' ? 'spare' : 'out';
}

function isWell({ kind }: Verdict): boolean {
  return kind === 'well' || kind === 'degraded';
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
    return state !== undefined && standingOf(state, family) !== 'out' && carries(state, family, now);
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
  const members = policy.members.filter((member) =>
    valueAt(taken, policy.name)?.[family].includes(member.wan),
  );
  return lowestTier(able(members, family, wans, now)).map((member) => member.wan);
}

export function isTaken(taken: Taken, wan: string, family: Family): boolean {
  return Object.values(taken).some((members) => members[family].includes(wan));
}
