import type { Check } from '../check.ts';
import { failbackWithoutHealth } from '../checks/failback-without-health.ts';
import { membersShareInterface } from '../checks/members-share-interface.ts';
import { policyUnused } from '../checks/policy-unused.ts';
import { probeTargetElsewhere } from '../checks/probe-target-elsewhere.ts';
import { probeTargetShared } from '../checks/probe-target-shared.ts';
import { steeringRuleShadowed } from '../checks/steering-rule-shadowed.ts';
import { thresholdsFlap } from '../checks/thresholds-flap.ts';
import { wanUnused } from '../checks/wan-unused.ts';

export const SITES_CHECKS: readonly Check[] = [
  steeringRuleShadowed,
  policyUnused,
  wanUnused,
  membersShareInterface,
  probeTargetShared,
  probeTargetElsewhere,
  thresholdsFlap,
  failbackWithoutHealth,
];
