import type { Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Span } from '../../net/span.ts';
import type { Scope } from './extension.ts';
import { readProtocol } from './protocol.ts';
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
  readonly known: Known;
}

/**
 * Statements by extension, option and argument: real rulesets say the same few things again and again. A tree, because
 * joining the parts to one key takes longer than looking up each.
 */
export interface Known {
  readonly branches: Map<unknown, Known>;
  readonly statements: Map<string, readonly Statement[]>;
}

export function emptyKnown(): Known {
  return { branches: new Map(), statements: new Map() };
}

/** A rule in nft's vocabulary: selectors first, matches in their order, the counter, then the target. */
export function lowerRule(words: RuleWords, lowering: Lowering, facts: RuleFacts): Rule {
  const scope: Scope = { family: lowering.family, ...protocolOf(words) };
  const statements: Statement[] = [];
  for (const selector of SELECTOR_ORDER) {
    for (const one of words.selectors) {
      if (one.selector === selector) statements.push(...lowerSelector(one, scope, lowering));
    }
  }
  let comment: string | undefined;
  for (const one of words.matches) {
    if (one.name === 'comment') comment ??= one.uses[0]?.args[0];
    else statements.push(...lowerMatch(one, scope, lowering));
  }
  if (facts.counter !== undefined) statements.push({ kind: 'counter', ...facts.counter });
  if (words.target !== undefined) statements.push(...lowerTarget(words.target, words.goto, scope, lowering));
  return comment === undefined ? { statements, span: facts.span } : { statements, comment, span: facts.span };
}

function protocolOf(words: RuleWords): { protocol?: string } {
  const one = words.selectors.find((candidate) => candidate.selector === 'protocol');
  const protocol = one === undefined || one.negated ? undefined : readProtocol(one.text);
  return protocol?.kind === 'string' ? { protocol: protocol.value } : {};
}

function lowerSelector(one: SelectorUse, scope: Scope, { known }: Lowering): readonly Statement[] {
  const key = one.negated ? `! ${one.text}` : one.text;
  return remember(branch(known, one.selector), key, () => {
    const read = readSelector(one, scope);
    return read ?? [{ kind: 'unknown-match', name: one.selector, text: selectorText(one) }];
  });
}

function lowerMatch(one: ExtensionUse, scope: Scope, { known }: Lowering): readonly Statement[] {
  const make = (): readonly Statement[] => {
    const read = one.opaque ? undefined : one.extension?.read(one.uses, scope);
    return read ?? [{ kind: 'unknown-match', name: one.name, text: usesText('-m', one.name, one.uses) }];
  };
  const [only, ...others] = one.uses;
  if (only === undefined || others.length > 0 || only.args.length !== 1 || only.negated) return make();
  return remember(
    branch(branch(branch(known, scope.protocol), one.extension), only.name),
    only.args[0] ?? '',
    make,
  );
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
  const make = (): readonly Statement[] => {
    const text = usesText('-j', one.name, one.uses);
    if (INERT_TARGETS.has(one.name)) return [{ kind: 'inert', name: one.name, text }];
    const read = one.opaque ? undefined : one.extension?.read(one.uses, scope);
    return read ?? [{ kind: 'unknown-target', name: one.name, text }];
  };
  const [only, ...others] = one.uses;
  if (
    one.extension === undefined ||
    others.length > 0 ||
    (only !== undefined && (only.negated || only.args.length > 1))
  )
    return make();
  return remember(branch(branch(lowering.known, one.extension), only?.name), only?.args[0] ?? '', make);
}

function remember(known: Known, key: string, make: () => readonly Statement[]): readonly Statement[] {
  const found = known.statements.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.statements.set(key, made);
  return made;
}

function branch(known: Known, key: unknown): Known {
  const found = known.branches.get(key);
  if (found !== undefined) return found;
  const made = emptyKnown();
  known.branches.set(key, made);
  return made;
}
