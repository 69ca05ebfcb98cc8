export const UNQUOTED_NEGATION =
  'YAML takes a leading ! for a tag: write it in quotes, together with its value';

export const UNQUOTED_STAR = 'YAML takes a leading * for an alias';

/** What is wrong with YAML, from where to where, and what may have been meant. */
export interface YamlTrouble {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly nearest?: string;
}

/** What is wrong, and where: as the parser says it, or, where that helps nobody, as what it mostly comes from. */
export function explainYaml(reason: string, text: string, at: number): YamlTrouble {
  const keyless = /multiline key|^expected ':'|^end of the stream/.test(reason)
    ? keylessLine(reason, text, at)
    : undefined;
  return (
    keyless ?? strayKey(reason, text, at) ?? { message: words(reason, text, at), start: at, end: at + 1 }
  );
}

/** A line that should begin with a key and has none, as in `lan [lan0]`. YAML stumbles at its end, or over the next key. */
function keylessLine(reason: string, text: string, at: number): YamlTrouble | undefined {
  if (reason.startsWith('end') && text.charAt(at) !== ':') return undefined;
  const before = text.slice(0, reason.startsWith('expected') ? at : lineStart(text, at));
  const line = [...before.matchAll(/^[ \t]*(?:- +)*([^\s#].*?)[ \t]*$/gm)].at(-1);
  const written = line?.[1];
  if (line === undefined || written === undefined || /:(?:[ \t]|$)/.test(written)) return undefined;
  const start = line.index + line[0].indexOf(written);
  const [, key, value] = /^([\w.-]+):\s*(.+)$/.exec(written) ?? [];
  return {
    message: `expected a key, a colon and a blank, not "${written}"`,
    start,
    end: start + written.length,
    ...(key === undefined ? {} : { nearest: `${key}: ${value}` }),
  };
}

/** A key alone on its line that YAML took for a part of the value above it. */
function strayKey(reason: string, text: string, at: number): YamlTrouble | undefined {
  const key = /^\s*([\w.-]+)$/.exec(text.slice(lineStart(text, at), at))?.[1];
  if (key === undefined || text.charAt(at) !== ':') return undefined;
  return { message: reason, start: at - key.length, end: at };
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

const OPENERS: Readonly<Record<string, string>> = { ']': '[', '}': '{' };

/** Signs within a value that YAML takes for its own. */
const TAKEN: Readonly<Record<string, string>> = {
  ':': 'the end of a key',
  '[': 'the beginning of a list',
  '{': 'the beginning of a mapping',
};

function words(reason: string, text: string, at: number): string {
  if (/\btag\b/.test(reason)) return UNQUOTED_NEGATION;
  if (/\balias\b/.test(reason)) return UNQUOTED_STAR;
  if (reason === 'deficient indentation' && /^ *\t/.test(text.slice(lineStart(text, at))))
    return 'tab characters must not be used in indentation';
  const sign = text.charAt(at);
  const opener = OPENERS[sign];
  if (opener !== undefined) return closerWords(reason, sign, opener);
  if (/[@`%]/.test(sign)) return `YAML takes no value that begins with ${sign}: write it in quotes`;
  const taken = /^(?:bad indentation|missed comma|end of the stream)/.test(reason) ? TAKEN[sign] : undefined;
  if (taken !== undefined && /\S/.test(text.charAt(at - 1)))
    return `YAML takes this ${sign} for ${taken}: write the whole value in quotes`;
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
