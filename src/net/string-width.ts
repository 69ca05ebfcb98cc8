import fastStringWidth from 'fast-string-width';

/** Columns a text takes in a terminal: two for a wide character, none for one that combines; a tab counts as one. */
export function stringWidth(text: string): number {
  return fastStringWidth(text, { tabWidth: 1 });
}
