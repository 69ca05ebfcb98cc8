/** roff takes a backslash for an escape, a leading dot or quote for a request, and a bare - for a hyphen. */
export function roff(text: string): string {
  return literal(text).replaceAll('. ', '.\n').replaceAll('’', "'");
}

/** The same for lines that stay as they are. */
export function literal(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&');
}
