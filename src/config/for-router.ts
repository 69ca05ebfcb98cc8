import type { SteeringMatch } from './site.ts';

/** `in: router` stands alone in its key, and is never negated; every other rule is for what comes from inside. */
export function isForRouter(match: Pick<SteeringMatch, 'in'>): boolean {
  return match.in?.values.includes('router') === true;
}
