import type { Origin, Site, Wan } from '../config/site.ts';
import { type Family, familyName } from '../net/family.ts';
import { siteFamilies } from './uplinks.ts';

/**
 * kernel-facts 5.3: re-routed own traffic keeps the first route's source address, which the other ISP drops. Shown with
 * every plan, and found by lint.
 */
export function untranslatedLocalTraffic(site: Site): readonly Untranslated[] {
  const local = site.localTraffic;
  if (local === undefined) return [];
  const policy = site.policies.find((each) => each.name === local.value);
  return siteFamilies(site).flatMap((family) => {
    const members = site.wans.filter(
      (wan) => wan.families.includes(family) && policy?.members.some((member) => member.wan === wan.name),
    );
    const bare = members.filter((wan) => wan.nat[family].kind === 'none');
    if (members.length < 2) return [];
    return bare.map((wan) => ({
      message: `local_traffic may leave by ${wan.name} with another WAN's ${familyName(family)} source address: it has no masquerade or snat for it`,
      origin: wan.origin,
      wan,
      family,
    }));
  });
}

export interface Untranslated {
  readonly message: string;
  /** Of the profile that does not translate. */
  readonly origin: Origin;
  readonly wan: Wan;
  readonly family: Family;
}
