/** Where each object of the `nftables` list stands, in the list's order. The text is known to be JSON. */
export function objectSpans(text: string): readonly { readonly start: number; readonly end: number }[] {
  const spans: { start: number; end: number }[] = [];
  let depth = 0;
  let start = 0;
  // Strings are stepped over whole, so that a bracket inside a comment does not count.
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token[0] === '{' || token[0] === '[') {
      // Depth 1 is the outer object, depth 2 its list.
      if (depth === 2) start = token.index;
      depth += 1;
    } else if (token[0] === '}' || token[0] === ']') {
      depth -= 1;
      if (depth === 2) spans.push({ start, end: token.index + 1 });
    }
  }
  return spans;
}
