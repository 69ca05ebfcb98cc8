/**
 * Where each object of the list at this depth stands, in its order: 1 for a document that is a list, 2 for a list that
 * is a member of it. The text is known to be JSON.
 */
export function objectSpans(
  text: string,
  listDepth: 1 | 2,
): readonly { readonly start: number; readonly end: number }[] {
  const spans: { start: number; end: number }[] = [];
  let depth = 0;
  let start = 0;
  // Strings are stepped over whole, so that a bracket inside a comment does not count.
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token[0] === '{' || token[0] === '[') {
      if (depth === listDepth) start = token.index;
      depth += 1;
    } else if (token[0] === '}' || token[0] === ']') {
      depth -= 1;
      if (depth === listDepth) spans.push({ start, end: token.index + 1 });
    }
  }
  return spans;
}
