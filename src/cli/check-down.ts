import type { Site } from '../config/site.ts';
import { unknownWan } from '../config/unknown-wan.ts';
import { wanOfPart, wanPart } from '../plan/wan-part.ts';
import { UsageError } from './usage-error.ts';

/** Refuses words of `--down` that are no WAN of the site, or a family that a WAN does not have. */
export function checkDown(site: Site, down: readonly string[]): void {
  for (const name of down) {
    const wan = site.wans.find((one) => one.name === wanOfPart(name));
    if (wan === undefined) throw new UsageError(unknownWan(name, namesLike(name, site)));
    if (name !== wan.name && !wan.families.some((family) => wanPart(wan.name, family) === name))
      throw new UsageError(`WAN ${wan.name} has no ${name.slice(wan.name.length + 1)}`);
  }
}

/** A family is named only where one was written. */
function namesLike(name: string, { wans }: Site): readonly string[] {
  if (!name.includes('/')) return wans.map((wan) => wan.name);
  return wans.flatMap((wan) => [wan.name, ...wan.families.map((family) => wanPart(wan.name, family))]);
}
