import { sayRule } from '../../codec/iptables/write-rule.ts';
import { sayStatement } from '../../codec/nft-statement.ts';
import type { Rule } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Sources } from '../../net/diagnostic.ts';
import { lineAndColumn, type Span } from '../../net/span.ts';
import type { RuleRef } from '../../trace/trace.ts';

/**
 * Where a rule stands: `rules.v4:12`; the line of the site that it comes from; else its table, chain and number. In data,
 * where its line tells nobody what it is, the one beside the other.
 */
export function rulePlace(rule: RuleRef, sources: Sources): string {
  const place = rule.span === undefined ? undefined : spanPlace(rule.span, sources);
  const origin = /\(([^()\s]+:\d+)\)$/.exec(rule.comment ?? '')?.[1];
  if (place === undefined) return origin ?? ruleName(rule);
  return isData(written(rule, sources)) ? `${origin ?? ruleName(rule)} (${place})` : place;
}

function written({ span }: RuleRef, sources: Sources): string {
  return span === undefined ? '' : (sources.get(span.file)?.slice(span.start, span.end) ?? '');
}

/** A snapshot and nft JSON have data there, which nobody reads. */
function isData(text: string): boolean {
  return /^\s*\{/.test(text);
}

export function spanPlace({ file, start }: Span, sources: Sources): string | undefined {
  const text = sources.get(file);
  return text === undefined ? undefined : `${file}:${lineAndColumn(text, start).line}`;
}

/** `ip mangle PREROUTING #4`; the front end is named where it is not nft's. */
export function ruleName({ frontend, family, table, chain, index }: RuleRef): string {
  const owner = frontend === 'nft' ? '' : `${frontend} `;
  return `${owner}${family} ${table} ${chain} #${index + 1}`;
}

/** The rule's words as they were written, or as its own program would print them. */
export function ruleText(ref: RuleRef, state: KernelState, sources: Sources): string {
  const line = written(ref, sources);
  // What `iptables-save -c` has counted is no part of the rule.
  if (line !== '' && !isData(line))
    return line
      .replace(/\s+/g, ' ')
      .replace(/^ ?\[\d+:\d+\]/, '')
      .trim();
  return sayStatements(ref, state) ?? ref.comment ?? '';
}

/** Whether the rule asks for something before it does what it does. */
export function isConditional(ref: RuleRef, state: KernelState): boolean {
  const statements = findRule(ref, state)?.statements ?? [];
  return statements.some(({ kind }) => kind !== 'verdict' && kind !== 'counter');
}

function findRule(ref: RuleRef, state: KernelState): Rule | undefined {
  const table = state.tables.find(
    (one) => one.frontend === ref.frontend && one.family === ref.family && one.name === ref.table,
  );
  return table?.chains.find((chain) => chain.name === ref.chain)?.rules[ref.index];
}

function sayStatements(ref: RuleRef, state: KernelState): string | undefined {
  const rule = findRule(ref, state);
  if (rule === undefined) return undefined;
  if (ref.frontend !== 'nft') return sayRule(rule);
  return rule.statements
    .filter((statement) => statement.kind !== 'counter')
    .map(sayStatement)
    .join(' ');
}
