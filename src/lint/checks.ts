import type { Check } from './check.ts';
import { FRAME_CHECKS } from './groups/frame.ts';
import { MARK_FLOW_CHECKS } from './groups/mark-flow.ts';
import { MASKS_CHECKS } from './groups/masks.ts';
import { NAT_CHECKS } from './groups/nat.ts';
import { RULES_AND_ROUTES_CHECKS } from './groups/rules-and-routes.ts';
import { RULESETS_CHECKS } from './groups/rulesets.ts';
import { SITES_CHECKS } from './groups/sites.ts';

/** Every check, in the order of the manual page. */
export const CHECKS: readonly Check[] = [
  ...MARK_FLOW_CHECKS,
  ...MASKS_CHECKS,
  ...RULES_AND_ROUTES_CHECKS,
  ...NAT_CHECKS,
  ...RULESETS_CHECKS,
  ...SITES_CHECKS,
  // Last: they are about what the others found.
  ...FRAME_CHECKS,
];
