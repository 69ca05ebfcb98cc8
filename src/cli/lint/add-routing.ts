import { readAddedRoute, readAddedRule, withKernelRules } from '../../codec/ip-command.ts';
import { TableNames } from '../../codec/ip-names.ts';
import type { AroundMachine } from '../../config/lint-settings.ts';
import type { Located } from '../../config/site.ts';
import type { PolicyRule } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import { FAMILIES, type Family } from '../../net/family.ts';

/**
 * The state with the policy rules and routes that the settings say the machine has, and beside added rules those that
 * every kernel has.
 */
export function addRouting(
  state: KernelState,
  listed: KernelState,
  { policyRules, routes }: AroundMachine,
): { readonly state: KernelState; readonly problems: readonly Diagnostic[] } {
  const names = new TableNames();
  for (const { text } of state.files) names.learn(text);
  const problems: Diagnostic[] = [];
  const rules: PolicyRule[] = [...state.policyRules];
  const all = [...state.routes];
  for (const written of policyRules) {
    const { family, words } = wordsOf(written, 'rule');
    const rule = readAddedRule(family, words, { names, span: written.span, rules });
    if (typeof rule === 'string') problems.push({ message: rule, span: written.span });
    else rules.push(rule);
  }
  for (const written of routes) {
    const { family, words } = wordsOf(written, 'route');
    const route = readAddedRoute(family, words, { names, span: written.span });
    if (typeof route === 'string') problems.push({ message: route, span: written.span });
    else all.push(route);
  }
  // A listing says itself what is there.
  const unlisted = FAMILIES.filter((family) => !listed.policyRules.some((rule) => rule.family === family));
  const complete = unlisted.reduce<readonly PolicyRule[]>(withKernelRules, rules);
  return { state: { ...state, policyRules: complete, routes: all }, problems };
}

/** `[ip] [-6] [rule add] WORDS`: people copy the whole command. */
function wordsOf(
  { value }: Located<string>,
  object: 'rule' | 'route',
): { readonly family: Family; readonly words: readonly string[] } {
  const words = value.trim().split(/\s+/);
  if (words[0] === 'ip') words.shift();
  let family: Family = 'ipv4';
  if (words[0] === '-6' || words[0] === '-4') family = words.shift() === '-6' ? 'ipv6' : 'ipv4';
  if (words[0] === object && words[1] === 'add') words.splice(0, 2);
  return { family, words };
}
