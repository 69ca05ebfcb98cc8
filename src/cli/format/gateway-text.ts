import type { Family } from '../../net/family.ts';
import type { PlannedWan } from '../../plan/plan.ts';

/** Where a WAN sends packets of a family that it has. */
export function gatewayText({ gateways }: Pick<PlannedWan, 'gateways'>, family: Family): string {
  const gateway = gateways[family];
  if (gateway === undefined) return 'not found: left out';
  return gateway.address ?? 'none needed';
}
