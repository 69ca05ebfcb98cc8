import type { Check } from '../check.ts';
import { defaultByTwoWans } from '../checks/default-by-two-wans.ts';
import { duplicatePriority } from '../checks/duplicate-priority.ts';
import { markLeaksToMain } from '../checks/mark-leaks-to-main.ts';
import { markWithoutRule } from '../checks/mark-without-rule.ts';
import { repliesRoutedByMark } from '../checks/replies-routed-by-mark.ts';
import { ruleWithoutMark } from '../checks/rule-without-mark.ts';
import { strictRpFilter } from '../checks/strict-rp-filter.ts';
import { tableWithoutDefault } from '../checks/table-without-default.ts';

export const RULES_AND_ROUTES_CHECKS: readonly Check[] = [
  markWithoutRule,
  ruleWithoutMark,
  tableWithoutDefault,
  markLeaksToMain,
  repliesRoutedByMark,
  duplicatePriority,
  strictRpFilter,
  defaultByTwoWans,
];
