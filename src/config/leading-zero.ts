/** What is wrong with a leading zero of any number in a text; undefined where there is none. */
export function leadingZero(text: string): string | undefined {
  const numeral = /\b0[0-9]+/.exec(text)?.[0];
  return numeral === undefined ? undefined : `${numeral} is octal to some programs and decimal to others`;
}
