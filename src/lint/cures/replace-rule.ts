import type { PolicyRule } from '../../kernel/routing.ts';
import type { Mark } from '../../net/mark.ts';
import type { Machine } from '../machine.ts';
import { sayPolicyRule } from '../marks/rule-words.ts';
import { ipCommand } from '../routes/ip-command.ts';
import { freePriorityBefore, priorityForRule } from './free-numbers.ts';
import { cureText } from './way-out.ts';

/** The commands that put a policy rule with another mark in the place of one. */
export function replaceRule(
  machine: Machine,
  rule: PolicyRule,
  fwmark: Mark,
  priority = rule.priority,
): string {
  const selector = { ...rule.selector, fwmark };
  return cureText('put the one in the place of the other', [
    command(machine, 'add', { ...rule, selector, priority }),
    command(machine, 'del', rule),
  ]);
}

/** The same rule with another priority. */
export function moveRule(machine: Machine, rule: PolicyRule, priority: number): string {
  return cureText('give it a priority of its own', moveLines(machine, rule, priority));
}

export function moveLines(machine: Machine, rule: PolicyRule, priority: number): readonly string[] {
  return [command(machine, 'add', { ...rule, priority }), command(machine, 'del', rule)];
}

/** Puts the one before the other: where nothing is free before the other, this one goes behind. */
export function moveBefore(machine: Machine, rule: PolicyRule, other: PolicyRule): string {
  const before = freePriorityBefore(machine.state, other.priority);
  if (before !== undefined) return moveRule(machine, rule, before);
  const last = Math.max(rule.priority, other.priority);
  return moveRule(machine, other, priorityForRule(machine.state, rule.family, last));
}

function command(machine: Machine, verb: 'add' | 'del', rule: PolicyRule): string {
  const words = sayPolicyRule(machine, rule).replace(/^\d+: /, '');
  return `${ipCommand(rule.family)} rule ${verb} ${words} priority ${rule.priority}`;
}
