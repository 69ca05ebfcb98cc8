import type { PolicyRule } from '../../kernel/routing.ts';
import { policyRuleWords } from '../../kernel/routing-words.ts';
import type { Mark } from '../../net/mark.ts';
import type { Machine } from '../machine.ts';
import { ipCommand } from '../routes/ip-command.ts';
import { freePriorityBefore, priorityForRule } from './free-numbers.ts';
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
  return cureText('give it a priority of its own', moveLines(rule, priority));
}

export function moveLines(rule: PolicyRule, priority: number): readonly string[] {
  return [command('add', { ...rule, priority }), command('del', rule)];
}

/** Puts the one before the other: where nothing is free before the other, this one goes behind. */
export function moveBefore({ state }: Machine, rule: PolicyRule, other: PolicyRule): string {
  const before = freePriorityBefore(state, other.priority);
  if (before !== undefined) return moveRule(rule, before);
  const last = Math.max(rule.priority, other.priority);
  return moveRule(other, priorityForRule(state, rule.family, last));
}

function command(verb: 'add' | 'del', rule: PolicyRule): string {
  const words = policyRuleWords(rule).replace(/^\d+: /, '');
  return `${ipCommand(rule.family)} rule ${verb} ${words} priority ${rule.priority}`;
}
