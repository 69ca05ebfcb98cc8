import type { Check } from '../check.ts';

export const RULES_AND_ROUTES_CHECKS: readonly Check[] = [];
