import type { Check } from '../check.ts';
import { forwardReplyByOtherWan } from '../checks/forward-reply-by-other-wan.ts';
import { masqueradeCatchesLoopback } from '../checks/masquerade-catches-loopback.ts';
import { masqueradeEverything } from '../checks/masquerade-everything.ts';
import { natBeforeNotrack } from '../checks/nat-before-notrack.ts';
import { snatOnDynamicAddress } from '../checks/snat-on-dynamic-address.ts';
import { wanWithoutNat } from '../checks/wan-without-nat.ts';

export const NAT_CHECKS: readonly Check[] = [
  wanWithoutNat,
  masqueradeEverything,
  masqueradeCatchesLoopback,
  snatOnDynamicAddress,
  natBeforeNotrack,
  forwardReplyByOtherWan,
];
