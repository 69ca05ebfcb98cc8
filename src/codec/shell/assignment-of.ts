import type { WordToken } from './lex.ts';
import type { Assignment } from './tree.ts';

/** `NAME=value` or `NAME+=value`, where the name and the sign stand unquoted. */
export function assignmentOf({ parts }: WordToken): Assignment | undefined {
  const [first, ...rest] = parts;
  if (first?.kind !== 'text' || first.quoted) return undefined;
  const [lead, name, plus] = /^([A-Za-z_]\w*)(\+?)=/.exec(first.text) ?? [];
  if (lead === undefined || name === undefined) return undefined;
  const value = [{ ...first, text: first.text.slice(lead.length) }, ...rest];
  return { name, value, appends: plus === '+' };
}
