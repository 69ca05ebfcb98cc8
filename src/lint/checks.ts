import type { Check } from './check.ts';
import { FRAME_CHECKS } from './groups/frame.ts';
import { MARK_FLOW_CHECKS } from './groups/mark-flow.ts';
import { MASKS_CHECKS } from './groups/masks.ts';
import { NAT_CHECKS } from './groups/nat.ts';
import { RULES_AND_ROUTES_CHECKS } from './groups/rules-and-routes.ts';
import { RULESETS_CHECKS } from './groups/rulesets.ts';
import { SITES_CHECKS } from './groups/sites.ts';

/** Checks that ask about the same subject. */
export interface CheckGroup {
  /** A heading of the manual page. */
  readonly title: string;
  readonly checks: readonly Check[];
}

export const CHECK_GROUPS: readonly CheckGroup[] = [
  { title: 'flow of the mark', checks: MARK_FLOW_CHECKS },
  { title: 'masks and neighbours', checks: MASKS_CHECKS },
  { title: 'policy rules and routes', checks: RULES_AND_ROUTES_CHECKS },
  { title: 'address translation', checks: NAT_CHECKS },
  { title: 'rulesets', checks: RULESETS_CHECKS },
  { title: 'sites and profiles', checks: SITES_CHECKS },
  // Last: they are about what the others found.
  { title: 'what is linted', checks: FRAME_CHECKS },
];

/** Every check, in the order of the manual page. */
export const CHECKS: readonly Check[] = CHECK_GROUPS.flatMap(({ checks }) => checks);
