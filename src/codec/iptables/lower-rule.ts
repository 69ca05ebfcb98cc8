import type { Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Span } from '../../net/span.ts';
import type { Scope } from './extension.ts';
import { readProtocol } from './protocol.ts';
import type { ExtensionUse, RuleWords } from './rule-words.ts';
import { readSelector, SELECTOR_ORDER, selectorText } from './selector.ts';
import { INERT_TARGETS } from './target/other.ts';
import { usesText } from './text.ts';

/** What a line says beside its words. */
export interface RuleFacts {
  readonly span: Span;
  readonly counter?: { readonly packets: number; readonly bytes: number };
  /** Whether a chain of this table has the name. */
  readonly isChain: (name: string) => boolean;
}

/** A rule in nft's vocabulary: selectors first, matches in their order, the counter, then the target. */
export function lowerRule(
  words: RuleWords,
  table: Pick<Scope, 'family' | 'operands'>,
  facts: RuleFacts,
): Rule {
  const scope: Scope = { ...table, ...protocolOf(words) };
  const statements: Statement[] = [];
  for (const selector of SELECTOR_ORDER) {
    for (const one of words.selectors) {
      if (one.selector !== selector) continue;
      const text = selectorText(one);
      statements.push(
        ...(readSelector(one, scope) ?? [{ kind: 'unknown-match', name: selector, text } as const]),
      );
    }
  }
  for (const one of words.matches) statements.push(...lowerMatch(one, scope));
  if (facts.counter !== undefined) statements.push({ kind: 'counter', ...facts.counter });
  if (words.target !== undefined) statements.push(...lowerTarget(words.target, words.goto, scope, facts));
  const comment = words.matches.find((one) => one.name === 'comment')?.uses[0]?.args[0];
  return { statements, ...(comment === undefined ? {} : { comment }), span: facts.span };
}

function protocolOf(words: RuleWords): { protocol?: string } {
  const one = words.selectors.find((candidate) => candidate.selector === 'protocol');
  const protocol = one === undefined || one.negated ? undefined : readProtocol(one.text);
  return protocol?.kind === 'string' ? { protocol: protocol.value } : {};
}

function lowerMatch(one: ExtensionUse, scope: Scope): readonly Statement[] {
  const known = one.opaque ? undefined : one.extension?.read(one.uses, scope);
  return known ?? [{ kind: 'unknown-match', name: one.name, text: usesText('-m', one.name, one.uses) }];
}

function lowerTarget(one: ExtensionUse, goto: boolean, scope: Scope, facts: RuleFacts): readonly Statement[] {
  if (goto) return [{ kind: 'verdict', verdict: { kind: 'goto', chain: one.name } }];
  if (one.uses.length === 0 && facts.isChain(one.name))
    return [{ kind: 'verdict', verdict: { kind: 'jump', chain: one.name } }];
  const text = usesText('-j', one.name, one.uses);
  if (INERT_TARGETS.has(one.name)) return [{ kind: 'inert', name: one.name, text }];
  const known = one.opaque ? undefined : one.extension?.read(one.uses, scope);
  return known ?? [{ kind: 'unknown-target', name: one.name, text }];
}
