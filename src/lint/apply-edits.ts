import type { Sources } from '../net/diagnostic.ts';
import type { Edit } from './finding.ts';

/** The texts of files after the edits; only those that change. The edits do not overlap. */
export function applyEdits(sources: Sources, edits: readonly Edit[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const fromTheEnd = [...edits].sort((a, b) => b.span.start - a.span.start || b.span.end - a.span.end);
  for (const { span, text } of fromTheEnd) {
    const now = texts.get(span.file) ?? sources.get(span.file);
    if (now !== undefined) texts.set(span.file, now.slice(0, span.start) + text + now.slice(span.end));
  }
  return new Map([...texts].filter(([file, text]) => text !== sources.get(file)));
}
