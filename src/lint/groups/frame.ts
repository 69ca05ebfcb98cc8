import type { Check } from '../check.ts';

export const FRAME_CHECKS: readonly Check[] = [];
