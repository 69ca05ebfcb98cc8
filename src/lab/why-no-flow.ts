import type { SteeringRule } from '../config/site.ts';

/** Why no flow stands for a rule. */
export function whyNoFlow(rule: SteeringRule | undefined): string {
  const asksSet = [rule?.match.set, rule?.match.domain].some((sets) => sets?.negated === false);
  return asksSet
    ? 'what its set holds is known on the router alone'
    : 'no flow was found that this rule takes';
}
