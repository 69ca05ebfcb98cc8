import type { Check } from '../check.ts';

export const SITES_CHECKS: readonly Check[] = [];
