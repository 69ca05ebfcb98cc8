import type { Part, WordToken } from './lex.ts';
import type { Assignment } from './tree.ts';

/** `NAME=value`, `NAME+=value` or `NAME[index]=value`, where the name and the sign stand unquoted. */
export function assignmentOf({ parts }: WordToken): Assignment | undefined {
  const [first, ...rest] = parts;
  if (first?.kind !== 'text' || first.quoted) return undefined;
  const [lead, name, plus] = /^([A-Za-z_]\w*)(\+?)=/.exec(first.text) ?? [];
  if (lead === undefined || name === undefined) return withIndex(parts);
  const value = [{ ...first, text: first.text.slice(lead.length) }, ...rest];
  return { name, value, appends: plus === '+' };
}

/** More parts than these are in no index. */
const MAX_PARTS = 6;

function withIndex(parts: readonly Part[]): Assignment | undefined {
  const [name] = parts[0]?.kind === 'text' ? (/^[A-Za-z_]\w*(?=\[)/.exec(parts[0].text) ?? []) : [];
  if (name === undefined) return undefined;
  let text = '';
  for (const [at, part] of parts.slice(0, MAX_PARTS).entries()) {
    const before = text.length;
    text += written(part);
    const [head, index, plus] = /^[A-Za-z_]\w*\[([^\]]*)\](\+?)=/.exec(text) ?? [];
    if (head === undefined || index === undefined) continue;
    if (part.kind !== 'text') return undefined;
    const value = [{ ...part, text: part.text.slice(head.length - before) }, ...parts.slice(at + 1)];
    return { name, index, value, appends: plus === '+' };
  }
  return undefined;
}

/** A part of an index, as it is written; what is not plain makes it one that nobody knows. */
function written(part: Part): string {
  if (part.kind === 'text') return part.text;
  return part.kind === 'variable' && part.fallback === undefined ? `$${part.name}` : '?';
}
