import type { PolicyRule } from '../../kernel/routing.ts';
import { policyRuleWords } from '../../kernel/routing-words.ts';
import { tableNames } from '../../kernel/table-names.ts';
import type { Span } from '../../net/span.ts';
import type { RuleAt } from '../all-rules.ts';
import type { PathStep } from '../finding.ts';
import type { Machine } from '../machine.ts';

/** A policy rule as `ip rule` lists it, with the names that tables have on this machine. */
export function sayPolicyRule({ state }: Pick<Machine, 'state'>, rule: PolicyRule): string {
  return policyRuleWords(rule, tableNames(state));
}

export function policyRuleStep(machine: Machine, rule: PolicyRule, note?: string): PathStep {
  return {
    ...(rule.span === undefined ? {} : { span: rule.span }),
    rule: sayPolicyRule(machine, rule),
    ...(note === undefined ? {} : { note }),
  };
}

/** The place of what has one, else of the machine as a whole. */
export function spanOr(machine: Machine, span: Span | undefined): Span {
  return span ?? { file: machine.sources.keys().next().value ?? machine.name, start: 0, end: 0 };
}

/** What a rule is, without its place: chain and words. */
export function ruleKey({ table, chain }: RuleAt, words: string): string {
  return `${table.family} ${table.name} ${chain.name}: ${words.replace(/^-A \S+ /, '').replace(/^\[\d+:\d+\] /, '')}`;
}
