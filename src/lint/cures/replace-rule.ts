import type { PolicyRule } from '../../kernel/routing.ts';
import type { Mark } from '../../net/mark.ts';
import { policyRuleWords } from '../marks/rule-words.ts';
import { ipCommand } from '../routes/ip-command.ts';
import { cureText } from './way-out.ts';

/** The commands that put a policy rule with another mark in the place of one. */
export function replaceRule(rule: PolicyRule, fwmark: Mark, priority = rule.priority): string {
  const selector = { ...rule.selector, fwmark };
  return cureText('put the one in the place of the other', [
    command('add', { ...rule, selector, priority }),
    command('del', rule),
  ]);
}

/** The same rule with another priority. */
export function moveRule(rule: PolicyRule, priority: number): string {
  return cureText('give it a priority of its own', [
    command('add', { ...rule, priority }),
    command('del', rule),
  ]);
}

function command(verb: 'add' | 'del', rule: PolicyRule): string {
  const words = policyRuleWords(rule).replace(/^\d+: /, '');
  return `${ipCommand(rule.family)} rule ${verb} ${words} priority ${rule.priority}`;
}
