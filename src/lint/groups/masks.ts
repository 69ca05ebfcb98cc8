import type { Check } from '../check.ts';
import { foreignBitsClobbered } from '../checks/foreign-bits-clobbered.ts';
import { markValueOutsideMask } from '../checks/mark-value-outside-mask.ts';

export const MASKS_CHECKS: readonly Check[] = [foreignBitsClobbered, markValueOutsideMask];
