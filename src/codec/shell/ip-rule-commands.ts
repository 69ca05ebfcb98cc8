import type { PolicyRule } from '../../kernel/routing.ts';
import { sameData } from '../../kernel/same-data.ts';
import type { Span } from '../../net/span.ts';
import { type IpObjectCommand, RULE_ACTION, readAddedRule } from '../ip-command.ts';
import { fullRuleWords } from '../ip-rule-words.ts';
import type { Done } from './iptables-builder.ts';
import type { ScriptState } from './script-state.ts';

/** `ip rule VERB WORDS`. */
export function runRuleCommand(
  { policyRules: rules, names }: ScriptState,
  { verb, family, words }: IpObjectCommand,
  span: Span,
): Done {
  const full = fullRuleWords(family, words);
  if (typeof full === 'string') return { message: full };
  const rule = readAddedRule(family, full, { names, span, rules });
  if (typeof rule === 'string') return { message: rule };
  if (verb !== 'delete' && verb !== 'flush') {
    rules.push(rule);
    return 'done';
  }
  const named = rules.filter((one) => isNamed(one, rule, full));
  // The kernel looks in the order of the priorities and takes one (fib_rules.c).
  const gone = verb === 'flush' ? named : [...named].sort((a, b) => a.priority - b.priority).slice(0, 1);
  for (const one of gone) rules.splice(rules.indexOf(one), 1);
  return verb === 'delete' && gone.length === 0 ? 'refused' : 'done';
}

/** Whether a rule is all that the words say of it; what they leave out may be anything. */
function isNamed(rule: PolicyRule, wanted: PolicyRule, words: readonly string[]): boolean {
  return (
    rule.family === wanted.family &&
    (!words.includes('pref') || rule.priority === wanted.priority) &&
    (!words.some((word) => RULE_ACTION.test(word)) || has(rule.action, wanted.action)) &&
    has(rule.selector, wanted.selector)
  );
}

/** Whether each member that is said is the same here. */
function has<T extends object>(found: T, said: T): boolean {
  return Object.keys(said).every((name) => sameData(found[name as keyof T], said[name as keyof T]));
}
