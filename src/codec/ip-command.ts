import { DEFAULT_TABLE, LOCAL_TABLE, MAIN_TABLE, type PolicyRule, type Route } from '../kernel/routing.ts';
import type { Family } from '../net/family.ts';
import { parsePrefix } from '../net/prefix.ts';
import type { Span } from '../net/span.ts';
import type { TableNames } from './ip-names.ts';
import { readRouteText } from './ip-route-text.ts';
import { readPolicyRuleText } from './ip-rule-text.ts';
import { fullPrefix, fullRuleWords } from './ip-rule-words.ts';

/** rt_protos(5): who made the rules of an empty machine. */
const KERNEL = 2;

/** Where the kernel puts the rule of the main table. */
const MAIN_PRIORITY = 32766;

/** What the words behind `ip` ask for: something more, something less, or nothing that decides a packet's way. */
type IpCommand = IpObjectCommand | { readonly kind: 'other' };

export interface IpObjectCommand {
  readonly kind: 'rules' | 'routes';
  readonly verb: Verb;
  readonly family: Family;
  readonly words: readonly string[];
}

/** `replace` puts it in the place of what is there, `change` only where there is something. */
type Verb = 'add' | 'replace' | 'change' | 'delete' | 'flush';

/** Objects and verbs as ip takes them: by any beginning that is long enough for it. */
const OBJECTS: readonly (readonly [RegExp, 'rules' | 'routes'])[] = [
  [/^ru(?:le?)?$/, 'rules'],
  [/^r(?:o(?:u(?:te?)?)?)?$/, 'routes'],
];

const VERBS: readonly (readonly [RegExp, Verb])[] = [
  [/^(?:a(?:dd?)?|app(?:e(?:nd?)?)?|prep(?:e(?:nd?)?)?)$/, 'add'],
  [/^rep(?:l(?:a(?:ce?)?)?)?$/, 'replace'],
  [/^(?:chg|c(?:h(?:a(?:n(?:ge?)?)?)?)?)$/, 'change'],
  [/^d(?:e(?:l(?:e(?:te?)?)?)?)?$/, 'delete'],
  [/^f(?:l(?:u(?:sh?)?)?)?$/, 'flush'],
];

/** Reads the words behind `ip`. */
export function readIpCommand(words: readonly string[]): IpCommand {
  let family: Family = 'ipv4';
  let at = 0;
  for (; words[at]?.startsWith('-'); at += 1) {
    const option = words[at] ?? '';
    if (/^-(?:6|family=inet6)$/.test(option)) family = 'ipv6';
    // Options with a value of their own; -netns and -batch lead away from this machine's commands.
    if (/^-(?:n|netns|b|batch|f|family)$/.test(option)) {
      if (/^-f/.test(option)) family = words[at + 1] === 'inet6' ? 'ipv6' : 'ipv4';
      else return { kind: 'other' };
      at += 1;
    }
  }
  const object = OBJECTS.find(([pattern]) => pattern.test(words[at] ?? ''))?.[1];
  const verb = VERBS.find(([pattern]) => pattern.test(words[at + 1] ?? ''))?.[1];
  if (object === undefined || verb === undefined) return { kind: 'other' };
  return { kind: object, verb, family, words: words.slice(at + 2) };
}

/** What a policy rule does; without any it asks the main table. */
export const RULE_ACTION = /^(?:lookup|goto|blackhole|unreachable|prohibit|nop|l3mdev)$/;

/** The kernel gives a rule without a priority the place before the one that stands first behind local's. */
export function priorityBefore(rules: readonly PolicyRule[], family: Family): number {
  const own = rules
    .filter((rule) => rule.family === family && rule.priority > 0)
    .map(({ priority }) => priority);
  return Math.min(MAIN_PRIORITY, ...own) - 1;
}

/** The rule that `ip rule add WORDS` makes; a sentence when the words are not understood. */
export function readAddedRule(
  family: Family,
  words: readonly string[],
  around: { readonly names: TableNames; readonly span: Span; readonly rules: readonly PolicyRule[] },
): PolicyRule | string {
  const full = fullRuleWords(family, words);
  if (typeof full === 'string') return full;
  const kept: string[] = [];
  let priority: string | undefined;
  for (let at = 0; at < full.length; at += 1) {
    const word = full[at] ?? '';
    if (word === 'pref') priority = full[at + 1];
    else if (word !== 'nat') {
      kept.push(word);
      continue;
    }
    at += 1;
  }
  if (!kept.includes('from')) kept.unshift('from', 'all');
  if (!kept.some((word) => RULE_ACTION.test(word))) kept.push('lookup', 'main');
  const number = priority === undefined ? priorityBefore(around.rules, family) : Number(priority);
  if (!Number.isInteger(number)) return `'${priority}' is no priority`;
  const line = `${number}: ${kept.join(' ')}`;
  const { policyRules } = readPolicyRuleText(family, line, around.span.file, around.names);
  const [rule] = policyRules;
  return rule === undefined ? "these are no words of 'ip rule add'" : { ...rule, span: around.span };
}

/** The route that `ip route add WORDS` makes; a sentence when the words are not understood. */
export function readAddedRoute(
  family: Family,
  words: readonly string[],
  around: { readonly names: TableNames; readonly span: Span },
): Route | string {
  const kept = listed(
    words.filter((word) => word !== 'to').map((word) => (word.includes('/') ? fullPrefix(word) : word)),
  );
  const { routes } = readRouteText(family, kept.join(' '), around.span.file, around.names);
  const [route] = routes;
  return route === undefined ? "these are no words of 'ip route add'" : { ...route, span: around.span };
}

/** Words behind which an address is no destination. */
const KEYS: ReadonlySet<string> = new Set(['via', 'inet', 'inet6', 'src', 'from', 'table', 'dev']);

/** As listings have it, the destination first; commands may name the table and more before. */
function listed(words: readonly string[]): readonly string[] {
  const at = words.findIndex(
    (word, index) =>
      (word === 'default' || parsePrefix(word) !== undefined) && !KEYS.has(words[index - 1] ?? ''),
  );
  const [destination] = words.slice(at, at + 1);
  // In its place, perhaps behind the type.
  if (at < 2 || destination === undefined) return words;
  return [destination, ...words.slice(0, at), ...words.slice(at + 1)];
}

/** The rules every kernel has from the start, for a family of which only the added ones are told. */
export function withKernelRules(rules: readonly PolicyRule[], family: Family): readonly PolicyRule[] {
  const own = rules.filter((rule) => rule.family === family);
  if (own.length === 0 || own.some(({ priority }) => priority === 0)) return rules;
  const lookup = (priority: number, table: number): PolicyRule => ({
    family,
    priority,
    selector: {},
    action: { kind: 'lookup', table },
    protocol: KERNEL,
  });
  return [
    ...rules,
    lookup(0, LOCAL_TABLE),
    lookup(MAIN_PRIORITY, MAIN_TABLE),
    ...(family === 'ipv4' ? [lookup(MAIN_PRIORITY + 1, DEFAULT_TABLE)] : []),
  ];
}
