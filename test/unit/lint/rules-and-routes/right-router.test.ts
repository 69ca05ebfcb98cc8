import { describe, expect, it } from 'vitest';
import { defaultByTwoWans } from '../../../../src/lint/checks/default-by-two-wans.ts';
import { duplicatePriority } from '../../../../src/lint/checks/duplicate-priority.ts';
import { markLeaksToMain } from '../../../../src/lint/checks/mark-leaks-to-main.ts';
import { markWithoutRule } from '../../../../src/lint/checks/mark-without-rule.ts';
import { repliesRoutedByMark } from '../../../../src/lint/checks/replies-routed-by-mark.ts';
import { ruleWithoutMark } from '../../../../src/lint/checks/rule-without-mark.ts';
import { strictRpFilter } from '../../../../src/lint/checks/strict-rp-filter.ts';
import { tableWithoutDefault } from '../../../../src/lint/checks/table-without-default.ts';
import { messages } from '../machine-of.ts';
import { ROUTER } from './router.ts';

describe('a router that does it right', () => {
  it.each([
    tableWithoutDefault,
    markLeaksToMain,
    repliesRoutedByMark,
    strictRpFilter,
    defaultByTwoWans,
    duplicatePriority,
    markWithoutRule,
    ruleWithoutMark,
  ])('$id is silent', (check) => {
    expect(messages(check, { ...ROUTER, 'sysctl.conf': 'net.ipv4.conf.all.rp_filter = 2\n' })).toEqual([]);
  });
});
