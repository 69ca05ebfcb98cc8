import { listByMark, resetByMark, resetTuples } from '../../apply/conntrack.ts';
import { steeredBy, steeringOf } from '../../apply/steered-by.ts';
import type { Site } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import type { Address } from '../../kernel/routing.ts';
import type { Plan } from '../../plan/plan.ts';
import type { ConnectionReset } from '../decide/decision.ts';

export interface ResetGround {
  readonly site: Site;
  readonly plan: Plan;
  readonly addresses: readonly Address[];
}

/**
 * Ends connections of a WAN; gives how many. Their owners' next packet belongs to no connection, takes another WAN and is
 * answered by the far end with a reset, so they connect again instead of waiting. Only tracked connections with the WAN's
 * mark under polywan's mask are touched, and among them, where policies differ, only those that surely were theirs.
 */
export async function resetConnections(
  host: Host,
  { site, plan, addresses }: ResetGround,
  reset: ConnectionReset,
): Promise<number> {
  const planned = plan.wans.find(({ name }) => name === reset.wan);
  if (planned === undefined) return 0;
  const mark = { value: planned.mark, mask: plan.markMask };
  if (reset.all) return resetByMark(host, mark, [reset.family]);
  const steering = steeringOf(site);
  const tuples = (await listByMark(host, mark, [reset.family])).filter((tuple) => {
    const possible = [...steeredBy(steering, tuple, addresses)];
    return (
      possible.length > 0 &&
      tuple.protocol !== 'unknown' &&
      possible.every((policy) => reset.policies.includes(policy))
    );
  });
  return resetTuples(host, tuples, plan.markMask);
}
