import type { Rule } from '../kernel/netfilter.ts';
import { stableText } from '../kernel/stable-text.ts';
import type { Span } from '../net/span.ts';
import type { Machine } from './machine.ts';

/** The words of a rule as its file has them, or what it says where there is no text. */
export function ruleText({ sources, say }: Pick<Machine, 'sources' | 'say'>, rule: Rule): string {
  const { span } = rule;
  const text = span === undefined ? undefined : sources.get(span.file)?.slice(span.start, span.end);
  // A shell's line may go on in the next.
  const written = text?.trim().replace(/(?:\\\r?\n|\s)+/g, ' ');
  // A snapshot and nft's JSON have data there, which nobody reads.
  const said = written === undefined || written.startsWith('{') ? say?.(rule) : undefined;
  return said ?? written ?? stableText(rule.statements);
}

export function rulePlace(machine: Machine, { span }: Rule): Span {
  return span ?? { file: machine.name, start: 0, end: 0 };
}
