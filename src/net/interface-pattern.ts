/** Names of interfaces as a site writes them: a trailing `+` stands for any ending, as for iptables. */

export function isNamed(pattern: string, name: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** Every name of the inner one is of the outer one, too. */
export function patternHolds(outer: string, inner: string): boolean {
  return outer === inner || (outer.endsWith('+') && isNamed(outer, inner.replace(/\+$/, '')));
}

/** One name could be of both. */
export function patternsMeet(a: string, b: string): boolean {
  return patternHolds(a, b) || patternHolds(b, a);
}

/** A name of it: `br+` gives `br0`. */
export function nameOf(pattern: string): string {
  return pattern.replace(/\+$/, '0');
}
