import type { Check } from '../check.ts';
import { foreignBitsClobbered } from '../checks/foreign-bits-clobbered.ts';
import { markOverlap } from '../checks/mark-overlap.ts';
import { markValueOutsideMask } from '../checks/mark-value-outside-mask.ts';
import { maskMismatch } from '../checks/mask-mismatch.ts';
import { unmaskedFwmarkRule } from '../checks/unmasked-fwmark-rule.ts';

export const MASKS_CHECKS: readonly Check[] = [
  foreignBitsClobbered,
  unmaskedFwmarkRule,
  maskMismatch,
  markOverlap,
  markValueOutsideMask,
];
