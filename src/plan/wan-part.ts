import { FAMILIES, type Family } from '../net/family.ts';

/** A WAN, or one family of it, as `--down`, the monitor's demand and its memory name them: `fiber`, `fiber/ipv6`. */
export function wanPart(wan: string, family: Family): string {
  return `${wan}/${family}`;
}

/** The WAN that such a name is about; undefined when what follows it is no family. */
export function wanOfPart(name: string): string | undefined {
  const [wan, family, ...more] = name.split('/');
  const known = family === undefined || FAMILIES.some((each) => each === family);
  return known && more.length === 0 ? wan : undefined;
}

/** Families of a WAN that a list of such names holds. */
export function namedFamilies(names: readonly string[], wan: string): readonly Family[] {
  return FAMILIES.filter((family) => names.includes(wan) || names.includes(wanPart(wan, family)));
}
