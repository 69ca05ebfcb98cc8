import type { Check } from '../check.ts';

export const NAT_CHECKS: readonly Check[] = [];
