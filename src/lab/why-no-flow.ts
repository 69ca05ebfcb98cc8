import type { SteeringRule } from '../config/site.ts';
import { asksForMember } from './flow.ts';

/** Why no flow stands for a rule. */
export function whyNoFlow(rule: SteeringRule | undefined): string {
  return rule !== undefined && asksForMember(rule.match)
    ? 'what its set holds is known on the router alone'
    : 'no flow was found that this rule takes';
}
