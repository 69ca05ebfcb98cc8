import type { Family } from '../../net/family.ts';
import type { PlannedWan } from '../../plan/plan.ts';

type Gateways = Pick<PlannedWan, 'families' | 'gateways'>;

/** A WAN's gateways; where a family has no address of one, and another has, it is named. */
export function gatewayText({ families, gateways }: Gateways): string {
  const found = families.filter((family) => gateways[family] !== undefined);
  if (found.length === 0) return 'not found: left out';
  if (found.length === families.length && found.every((family) => gateways[family]?.address === undefined))
    return 'none needed';
  const word = (family: Family): string =>
    gateways[family]?.address ?? `${family}: ${found.includes(family) ? 'none needed' : 'not found'}`;
  return families.map(word).join(', ');
}
