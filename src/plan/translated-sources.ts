import type { Wan } from '../config/site.ts';
import type { Family } from '../net/family.ts';
import { isEverything, type Prefix } from '../net/prefix.ts';

/** Sources that masquerade or snat of a WAN translates, beside the router itself; undefined where it is every one. */
export function translatedSources({ sources }: Wan, family: Family): readonly Prefix[] | undefined {
  const own = sources?.filter((prefix) => prefix.family === family);
  return own?.some(isEverything) ? undefined : own;
}
