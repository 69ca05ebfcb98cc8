import type { Check } from '../check.ts';

export const RULESETS_CHECKS: readonly Check[] = [];
