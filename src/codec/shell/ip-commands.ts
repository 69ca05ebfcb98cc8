import type { PolicyRule, Route } from '../../kernel/routing.ts';
import type { Span } from '../../net/span.ts';
import { readAddedRoute, readAddedRule, readIpCommand } from '../ip-command.ts';
import type { Done } from './iptables-builder.ts';
import type { ScriptState } from './script-state.ts';

/** Carries one `ip` command out as far as it is about policy rules and routes. */
export function runIpCommand(state: ScriptState, words: readonly string[], span: Span): Done {
  if (words.some((word) => /^-b(?:atch)?$/.test(word)))
    return { message: 'the commands it runs are in another file' };
  const command = readIpCommand(words);
  if (command.kind === 'other') return 'done';
  const { family, verb, kind } = command;
  const around = { names: state.names, span, rules: state.policyRules };
  if (verb === 'flush') return flush(state, kind, command.words);
  if (kind === 'rules') {
    const rule = readAddedRule(family, command.words, around);
    if (typeof rule === 'string') return { message: rule };
    const has = command.words.some((word) => /^(?:pref|preference|priority|prio|order)$/.test(word));
    return verb === 'add' ? add(state.policyRules, rule) : removeRule(state.policyRules, rule, has);
  }
  const route = readAddedRoute(family, command.words, around);
  if (typeof route === 'string') return { message: route };
  return verb === 'add' ? add(state.routes, route) : removeRoute(state.routes, route);
}

function flush(state: ScriptState, kind: 'rules' | 'routes', words: readonly string[]): Done {
  if (kind === 'rules') state.policyRules.length = 0;
  else {
    const name = words[words.indexOf('table') + 1];
    const table = words.includes('table') && name !== undefined ? state.names.numberOf(name) : undefined;
    for (const route of [...state.routes])
      if (table === undefined || route.table === table) state.routes.splice(state.routes.indexOf(route), 1);
  }
  return 'done';
}

function add<T>(list: T[], one: T): Done {
  list.push(one);
  return 'done';
}

function removeRule(rules: PolicyRule[], wanted: PolicyRule, withPriority: boolean): Done {
  const meaning = ({ priority, selector, action }: PolicyRule) =>
    JSON.stringify([withPriority ? priority : 0, selector, action]);
  return removeFirst(rules, (rule) => rule.family === wanted.family && meaning(rule) === meaning(wanted));
}

function removeRoute(routes: Route[], wanted: Route): Done {
  const meaning = ({ family, table, destination }: Route) => JSON.stringify([family, table, destination]);
  return removeFirst(routes, (route) => meaning(route) === meaning(wanted));
}

function removeFirst<T>(list: T[], isWanted: (one: T) => boolean): Done {
  const at = list.findIndex(isWanted);
  if (at === -1) return 'refused';
  list.splice(at, 1);
  return 'done';
}
