/** Whether a word is a pattern that a shell would have put files in for. */
export function isGlob(word: string): boolean {
  return /[*?[{]/.test(word);
}

/** A path pattern: `*` and `?` within a name, `**` for any folders, `[a-z]`, `{a,b}`. A path's `./` does not count. */
export function globPattern(glob: string): RegExp {
  return new RegExp(`^(?:\\./)?${globSource(glob.replace(/^(?:\.\/)+/, ''))}$`);
}

/** The folders before the first part that is a pattern: where a walk for it begins. */
export function globBase(glob: string): string {
  const parts = glob.split('/');
  const first = parts.findIndex(isGlob);
  const base = parts.slice(0, first).join('/');
  return base === '' ? (glob.startsWith('/') ? '/' : '.') : base;
}

/** The same as text of a regular expression. What makes no sense as a pattern stands for itself. */
export function globSource(glob: string): string {
  let pattern = '';
  const closings: number[] = [];
  for (let at = 0; at < glob.length; at += 1) {
    const sign = glob.charAt(at);
    const set = sign === '[' ? readSet(glob.slice(at)) : undefined;
    const closing = sign === '{' ? closingOf(glob, at) : -1;
    if (glob.startsWith('**/', at)) {
      pattern += '(?:.*/)?';
      at += 2;
    } else if (glob.startsWith('**', at)) {
      pattern += '.*';
      at += 1;
    } else if (sign === '*') pattern += '[^/]*';
    else if (sign === '?') pattern += '[^/]';
    else if (set !== undefined) {
      pattern += set.pattern;
      at += set.length - 1;
    } else if (closing !== -1) {
      pattern += '(?:';
      closings.push(closing);
    } else if (at === closings.at(-1)) {
      pattern += ')';
      closings.pop();
    } else if (sign === ',' && closings.length > 0) pattern += '|';
    else pattern += sign.replace(/[.+^$(){}|[\]\\]/, '\\$&');
  }
  return pattern;
}

/** `[a-z]` or `[!a-z]` that the text begins with; undefined where it is none, or goes from a later sign to an earlier one. */
function readSet(text: string): { readonly pattern: string; readonly length: number } | undefined {
  const [whole, not, signs] = /^\[(!?)([^\]/]+)\]/.exec(text) ?? [];
  if (whole === undefined || signs === undefined) return undefined;
  const isBackwards = [...signs.matchAll(/(.)-(.)/gs)].some(([, from = '', to = '']) => from > to);
  if (isBackwards) return undefined;
  return {
    pattern: `[${not === '' ? '' : '^'}${signs.replace(/[\\^]/g, '\\$&')}]`,
    length: whole.length,
  };
}

/** Where the brace that is opened here is closed; -1: nowhere. */
function closingOf(glob: string, open: number): number {
  let depth = 0;
  for (let at = open; at < glob.length; at += 1) {
    if (glob[at] === '{') depth += 1;
    if (glob[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}
