/** Where a value stands in a source text: UTF-16 offsets, end exclusive. Line and column are computed when printing. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** Where the first line begins: a byte order mark is no part of it. */
export function textStart(text: string): number {
  return text.startsWith('\ufeff') ? 1 : 0;
}

/** 1-based line and column of an offset; the column counts UTF-16 units. */
export function lineAndColumn(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = textStart(text);
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: Math.max(0, offset - lineStart) + 1 };
}

/** The line an offset stands in, without the blanks around it. */
export function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', start);
  return text.slice(start, end === -1 ? undefined : end).trim();
}
