import type { Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Span } from '../../net/span.ts';
import type { Scope } from './extension.ts';
import { readProtocol } from './protocol.ts';
import { branch, emptyRecall, keep, type Recall, recall } from './recall.ts';
import type { ExtensionUse, RuleWords, SelectorUse } from './rule-words.ts';
import { readSelector, SELECTOR_ORDER, selectorText } from './selector.ts';
import { INERT_TARGETS } from './target/other.ts';
import { usesText } from './text.ts';

/** What a line says beside its words. */
export interface RuleFacts {
  readonly span: Span;
  readonly counter?: { readonly packets: number; readonly bytes: number };
}

/** What is the same for all rules of a text. */
export interface Lowering {
  readonly family: 'ip' | 'ip6';
  /** Whether a chain of this table has the name. */
  readonly isChain: (name: string) => boolean;
  /** Names of targets that are no chain yet, and have no meaning: gathered here. */
  readonly unknownTargets: Set<string>;
  readonly known: Recall;
  /** By the word after `-p`. */
  readonly scopes: Map<string, Scope>;
  /** Room to gather a rule's statements in: a list that grows by itself keeps four times the room it needs. */
  readonly scratch: Statement[];
}

export function newLowering(family: Lowering['family']): Omit<Lowering, 'isChain' | 'unknownTargets'> {
  return { family, known: emptyRecall(), scopes: new Map(), scratch: [] };
}

/** A rule in nft's vocabulary: selectors first, matches in their order, the counter, then the target. */
export function lowerRule(words: RuleWords, lowering: Lowering, facts: RuleFacts): Rule {
  const scope = scopeOf(words, lowering);
  const statements = lowering.scratch;
  statements.length = 0;
  for (const one of inOrder(words.selectors)) append(statements, lowerSelector(one, scope, lowering));
  let comment: string | undefined;
  for (const one of words.matches) {
    if (one.name === 'comment') comment ??= one.uses[0]?.args[0];
    else append(statements, lowerMatch(one, scope, lowering));
  }
  if (facts.counter !== undefined) statements.push({ kind: 'counter', ...facts.counter });
  if (words.target !== undefined) append(statements, lowerTarget(words.target, words.goto, scope, lowering));
  if (words.target !== undefined && statements.at(-1)?.kind === 'unknown-target')
    lowering.unknownTargets.add(words.target.name);
  const own = statements.slice();
  return comment === undefined
    ? { statements: own, span: facts.span }
    : { statements: own, comment, span: facts.span };
}

/** iptables-save writes them in order; people need not. */
function inOrder(selectors: readonly SelectorUse[]): readonly SelectorUse[] {
  let last = 0;
  for (const { selector } of selectors) {
    const place = SELECTOR_ORDER.indexOf(selector);
    if (place < last)
      return SELECTOR_ORDER.flatMap((wanted) => selectors.filter((one) => one.selector === wanted));
    last = place;
  }
  return selectors;
}

/** One at a time: spreading a list into `push` is far slower, and nearly all of these have one entry. */
function append(statements: Statement[], more: readonly Statement[]): void {
  for (const statement of more) statements.push(statement);
}

function scopeOf({ selectors }: RuleWords, { family, scopes }: Lowering): Scope {
  const one = selectors.find(({ selector }) => selector === 'protocol');
  const text = one === undefined || one.negated ? '' : one.text;
  const known = scopes.get(text);
  if (known !== undefined) return known;
  const protocol = readProtocol(text);
  const scope = protocol?.kind === 'string' ? { family, protocol: protocol.value } : { family };
  scopes.set(text, scope);
  return scope;
}

function lowerSelector(one: SelectorUse, scope: Scope, { known }: Lowering): readonly Statement[] {
  const key = one.negated ? `! ${one.text}` : one.text;
  const place = branch(known, one.selector);
  const found = recall(place, key);
  if (found !== undefined) return found;
  const read = readSelector(one, scope);
  return keep(place, key, read ?? [{ kind: 'unknown-match', name: one.selector, text: selectorText(one) }]);
}

function lowerMatch(one: ExtensionUse, scope: Scope, { known }: Lowering): readonly Statement[] {
  const [only] = one.uses;
  if (only === undefined || one.uses.length > 1 || only.args.length !== 1 || only.negated)
    return readMatch(one, scope);
  const place = branch(branch(branch(known, scope.protocol), one.extension), only.name);
  const key = only.args[0] ?? '';
  return recall(place, key) ?? keep(place, key, readMatch(one, scope));
}

function readMatch(one: ExtensionUse, scope: Scope): readonly Statement[] {
  const read = one.opaque ? undefined : one.extension?.read(one.uses, scope);
  return read ?? [{ kind: 'unknown-match', name: one.name, text: usesText('-m', one.name, one.uses) }];
}

function lowerTarget(
  one: ExtensionUse,
  goto: boolean,
  scope: Scope,
  lowering: Lowering,
): readonly Statement[] {
  if (goto) return [{ kind: 'verdict', verdict: { kind: 'goto', chain: one.name } }];
  if (one.uses.length === 0 && lowering.isChain(one.name))
    return [{ kind: 'verdict', verdict: { kind: 'jump', chain: one.name } }];
  const [only] = one.uses;
  if (
    one.extension === undefined ||
    one.uses.length > 1 ||
    (only !== undefined && (only.negated || only.args.length > 1))
  )
    return readTarget(one, scope);
  const place = branch(branch(lowering.known, one.extension), only?.name);
  const key = only?.args[0] ?? '';
  return recall(place, key) ?? keep(place, key, readTarget(one, scope));
}

function readTarget(one: ExtensionUse, scope: Scope): readonly Statement[] {
  const { name, uses } = one;
  if (INERT_TARGETS.has(name)) return [{ kind: 'inert', name, text: usesText('-j', name, uses) }];
  const read = one.opaque ? undefined : one.extension?.read(uses, scope);
  return read ?? [{ kind: 'unknown-target', name, text: usesText('-j', name, uses) }];
}
