import type { Check } from '../check.ts';

export const MARK_FLOW_CHECKS: readonly Check[] = [];
