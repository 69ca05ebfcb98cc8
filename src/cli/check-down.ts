import { nearest } from '../config/nearest.ts';
import type { Site } from '../config/site.ts';
import { wanOfPart, wanPart } from '../plan/wan-part.ts';
import { UsageError } from './usage-error.ts';

/** Refuses words of `--down` that are no WAN of the site, or a family that a WAN does not have. */
export function checkDown(site: Site, down: readonly string[]): void {
  for (const name of down) {
    const wan = site.wans.find((one) => one.name === wanOfPart(name));
    if (wan === undefined) throw new UsageError(unknownWan(site, name));
    if (name !== wan.name && !wan.families.some((family) => wanPart(wan.name, family) === name))
      throw new UsageError(`WAN ${wan.name} has no ${name.slice(wan.name.length + 1)}`);
  }
}

export function unknownWan({ wans }: Site, name: string): string {
  const known = wans.flatMap((wan) => [wan.name, ...wan.families.map((family) => wanPart(wan.name, family))]);
  const meant = nearest(name, name.includes('/') ? known : wans.map((wan) => wan.name));
  return `the site has no WAN ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
