import { sayRule } from '../../codec/iptables/write-rule.ts';
import { writeStatement } from '../../codec/nft-statement.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Sources } from '../../net/diagnostic.ts';
import { lineAndColumn, type Span } from '../../net/span.ts';
import type { RuleRef } from '../../trace/trace.ts';

/** Where a rule stands: `rules.v4:12`; the line of the site that it comes from; else its table, chain and number. */
export function rulePlace(rule: RuleRef, sources: Sources): string {
  const place = rule.span === undefined ? undefined : spanPlace(rule.span, sources);
  const origin = /\(([^()\s]+:\d+)\)$/.exec(rule.comment ?? '')?.[1];
  return place ?? origin ?? ruleName(rule);
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
  const written = ref.span === undefined ? undefined : sources.get(ref.span.file);
  const line = written?.slice(ref.span?.start, ref.span?.end) ?? '';
  // A snapshot and nft JSON have data there, which nobody reads.
  if (line !== '' && !/^\s*\{/.test(line)) return line.replace(/\s+/g, ' ').trim();
  return sayStatements(ref, state) ?? ref.comment ?? '';
}

function sayStatements(ref: RuleRef, state: KernelState): string | undefined {
  const table = state.tables.find(
    (one) => one.frontend === ref.frontend && one.family === ref.family && one.name === ref.table,
  );
  const rule = table?.chains.find((chain) => chain.name === ref.chain)?.rules[ref.index];
  if (rule === undefined) return undefined;
  if (ref.frontend !== 'nft') return sayRule(rule);
  return rule.statements
    .filter((statement) => statement.kind !== 'counter')
    .map((statement) =>
      statement.kind === 'unknown-match' || statement.kind === 'unknown-target'
        ? statement.text
        : writeStatement(statement),
    )
    .join(' ');
}
