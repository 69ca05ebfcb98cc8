import type { Check } from '../check.ts';

export const MASKS_CHECKS: readonly Check[] = [];
