import type { Policy } from '../../config/site.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import { wanPart } from '../../plan/wan-part.ts';
import type { WanState } from '../health/state.ts';
import type { ConnectionReset, MonitorState } from './decision.ts';
import { activeIn } from './standing.ts';

/** Connections that have somewhere better to go since the state before. */
export function resetsBetween(before: MonitorState, after: MonitorState): readonly ConnectionReset[] {
  return after.wans.flatMap((state) =>
    FAMILIES.filter((family) => state.wan.families.includes(family)).flatMap((family) => {
      const policies = after.site.policies.filter((policy) => isMember(policy, state.wan.name));
      return [
        ...failedReset(before, after, state, family, policies),
        ...movedReset(before, after, state, family, policies),
      ];
    }),
  );
}

/**
 * Connections of a WAN that failed end once their policy has another: before, they lose nothing by waiting for its
 * return. Where no policy of the WAN wants them kept, all with its mark end together, those from outside among them.
 */
function failedReset(
  before: MonitorState,
  after: MonitorState,
  { wan, admin }: WanState,
  family: Family,
  policies: readonly Policy[],
): readonly ConnectionReset[] {
  const failed = policies.filter(
    (policy) =>
      policy.onFailure === 'reset' &&
      hasFailed(after, policy, wan.name, family) &&
      !hasFailed(before, policy, wan.name, family),
  );
  if (failed.length === 0) return [];
  const all = policies.every(({ onFailure }) => onFailure === 'reset');
  const why = admin === 'down' ? 'admin' : 'failed';
  return [{ wan: wan.name, family, why, all, policies: failed.map(({ name }) => name) }];
}

/** A metered WAN that nobody uses any more is emptied of everything, if all its policies want to move. */
function movedReset(
  before: MonitorState,
  after: MonitorState,
  state: WanState,
  family: Family,
  policies: readonly Policy[],
): readonly ConnectionReset[] {
  const { name, metered } = state.wan;
  if (isGone(after, name, family)) return [];
  const moved = policies.filter(({ onRecovery, name: policy }) => {
    const previous = before.site.policies.find((each) => each.name === policy);
    const current = after.site.policies.find((each) => each.name === policy);
    if (onRecovery !== 'move' || previous === undefined || current === undefined) return false;
    const now = activeIn(after, current, family);
    return activeIn(before, previous, family).includes(name) && now.length > 0 && !now.includes(name);
  });
  if (moved.length === 0) return [];
  const all =
    metered &&
    policies.every(
      (policy) => policy.onRecovery === 'move' && !activeIn(after, policy, family).includes(name),
    );
  return [{ wan: name, family, why: 'moved', all, policies: moved.map((policy) => policy.name) }];
}

function hasFailed(state: MonitorState, { name }: Policy, wan: string, family: Family): boolean {
  const policy = state.site.policies.find((each) => each.name === name);
  if (policy === undefined || !isGone(state, wan, family)) return false;
  return activeIn(state, policy, family).length > 0;
}

/** Of no use to anybody: it failed, is held back, or has lost the family. */
function isGone({ demand }: MonitorState, name: string, family: Family): boolean {
  return demand.health[name] !== 'up' || demand.health[wanPart(name, family)] === 'down';
}

function isMember({ members }: Policy, wan: string): boolean {
  return members.some((member) => member.wan === wan);
}
