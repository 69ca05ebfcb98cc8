export const UNQUOTED_NEGATION =
  'YAML takes a leading ! for a tag: write it in quotes, together with its value';

const OPENERS: Readonly<Record<string, string>> = { ']': '[', '}': '{' };

/** What is wrong with YAML: the parser's words, or what it mostly is where they leave a person alone. */
export function yamlWords(reason: string, text: string, at: number): string {
  if (/\btag\b/.test(reason)) return UNQUOTED_NEGATION;
  const sign = text.charAt(at);
  const opener = OPENERS[sign];
  if (opener !== undefined) return closerWords(reason, sign, opener);
  return reason === 'deficient indentation'
    ? `${reason}: a [, { or quote above it is not closed, or this is a part of it and must be indented`
    : reason;
}

function closerWords(reason: string, closer: string, opener: string): string {
  switch (reason) {
    case 'deficient indentation':
      return `this ${closer} must be indented deeper than the key or - before its ${opener}`;
    case 'missed comma between flow collection entries':
      return `expected ${closer === ']' ? '}' : ']'}, not ${closer}`;
    default:
      return `no ${opener} is open that this ${closer} would close`;
  }
}
