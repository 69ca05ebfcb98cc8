import type { Site } from '../config/site.ts';
import { isNamed, nameOf, patternHolds } from '../net/interface-pattern.ts';

/** The kernel's IFNAMSIZ, less the zero at the end. */
const LONGEST_NAME = 15;

/** Endings beside the `0` of `nameOf`. */
const ENDINGS = [...'123456789abcdefghijklmnopqrstuvwxyz'];

/**
 * Inside interfaces by plain names: `br+` becomes `br0`, and what rules name beside it is there too. Where they tell `br0`
 * from others of `br+`, so is one of those.
 */
export function lanNames(site: Site): readonly string[] {
  const inRules = site.steering.flatMap((rule) => rule.match.in?.values ?? []);
  const inExpectations = site.expect.map(({ flow }) => flow.in);
  const patterns = [...site.lan, ...inRules, ...inExpectations].filter((name) => name !== 'router');
  const wanInterfaces = new Set(site.wans.map((wan) => wan.interface));
  const others = patterns.flatMap((pattern) => otherName(pattern, patterns, wanInterfaces) ?? []);
  return [...new Set([...patterns.map(nameOf), ...others])].filter((name) => !wanInterfaces.has(name));
}

/** A name of the pattern that no narrower one names; undefined where its usual name is one. */
function otherName(
  pattern: string,
  patterns: readonly string[],
  busy: ReadonlySet<string>,
): string | undefined {
  if (!pattern.endsWith('+')) return undefined;
  const narrower = patterns.filter((other) => other !== pattern && patternHolds(pattern, other));
  const isFree = (name: string) => !narrower.some((other) => isNamed(other, name)) && !busy.has(name);
  const usual = nameOf(pattern);
  if (isFree(usual)) return undefined;
  return ENDINGS.map((ending) => pattern.slice(0, -1) + ending).find(
    (name) => name.length <= LONGEST_NAME && isFree(name),
  );
}
