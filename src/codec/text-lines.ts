export interface TextLine {
  /** Without blanks at its ends. */
  readonly line: string;
  readonly start: number;
  readonly end: number;
}

/** The lines of a text with their places; empty ones and comments (`#`) are left out. */
export function textLines(text: string): readonly TextLine[] {
  const lines: TextLine[] = [];
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 ? text.length : newline;
    const raw = text.slice(from, to);
    const line = raw.trim();
    const start = from + raw.length - raw.trimStart().length;
    if (line !== '' && !line.startsWith('#')) lines.push({ line, start, end: start + line.length });
    from = to + 1;
  }
  return lines;
}

/** Whether a text is made of sections, and not just has some in it, as a manual does. */
export function beginsWithSection(text: string): boolean {
  return /^(?:\[\w+\]|;.*)$/.test(firstLine(text) ?? '');
}

/** The first of them, without its place. */
export function firstLine(text: string): string | undefined {
  return /^[ \t]*([^\s#].*)$/m.exec(text)?.[1]?.trim();
}
