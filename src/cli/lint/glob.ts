/** Whether a word is a pattern that a shell would have put files in for. */
export function isGlob(word: string): boolean {
  return /[*?[{]/.test(word);
}

/** A path pattern: `*` and `?` within a name, `**` for any folders, `[a-z]`, `{a,b}`. A path's `./` does not count. */
export function globPattern(glob: string): RegExp {
  return new RegExp(`^(?:\\./)?${translate(glob.replace(/^(?:\.\/)+/, ''))}$`);
}

/** The folders before the first part that is a pattern: where a walk for it begins. */
export function globBase(glob: string): string {
  const parts = glob.split('/');
  const first = parts.findIndex(isGlob);
  const base = parts.slice(0, first).join('/');
  return base === '' ? (glob.startsWith('/') ? '/' : '.') : base;
}

function translate(glob: string): string {
  let pattern = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at += 1) {
    const sign = glob.charAt(at);
    const set = sign === '[' ? /^\[(!?)([^\]/]+)\]/.exec(glob.slice(at)) : null;
    if (glob.startsWith('**/', at)) {
      pattern += '(?:.*/)?';
      at += 2;
    } else if (glob.startsWith('**', at)) {
      pattern += '.*';
      at += 1;
    } else if (sign === '*') pattern += '[^/]*';
    else if (sign === '?') pattern += '[^/]';
    else if (set !== null) {
      pattern += `[${set[1] === '' ? '' : '^'}${(set[2] ?? '').replace(/[\\^]/g, '\\$&')}]`;
      at += set[0].length - 1;
    } else if (sign === '{' && glob.indexOf('}', at) !== -1) {
      pattern += '(?:';
      depth += 1;
    } else if (sign === '}' && depth > 0) {
      pattern += ')';
      depth -= 1;
    } else if (sign === ',' && depth > 0) pattern += '|';
    else pattern += sign.replace(/[.+^$(){}|[\]\\]/, '\\$&');
  }
  return pattern;
}
