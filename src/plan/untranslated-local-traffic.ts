import { isForRouter } from '../config/for-router.ts';
import { ruleFamilies } from '../config/rule-families.ts';
import type { Origin, Site, Wan } from '../config/site.ts';
import { MAIN_TABLE, type Route } from '../kernel/routing.ts';
import { type Family, familyName } from '../net/family.ts';
import { siteFamilies } from './uplinks.ts';

export interface Untranslated {
  readonly message: string;
  /** Of the profile that does not translate. */
  readonly origin: Origin;
  readonly wan: Wan;
  readonly family: Family;
}

/**
 * kernel-facts 5.3: re-routed own traffic keeps the first route's source address, which the other ISP drops. Shown with
 * every plan, and found by lint.
 */
export function untranslatedLocalTraffic(site: Site, routes: readonly Route[]): readonly Untranslated[] {
  return siteFamilies(site).flatMap((family) => {
    const first = firstWans(site, routes, family);
    return steeredTo(site, family)
      .filter((wan) => wan.nat[family].kind === 'none' && first.some((other) => other !== wan))
      .map((wan) => ({
        message: `the router's own traffic may leave by ${wan.name} with another WAN's ${familyName(family)} source address: it has no masquerade or snat for it`,
        origin: wan.origin,
        wan,
        family,
      }));
  });
}

/** WANs that a policy of the router's own traffic may choose. */
function steeredTo({ localTraffic, steering, policies, wans }: Site, family: Family): readonly Wan[] {
  const rules = steering.filter(
    ({ match }) => isForRouter(match) && ruleFamilies(match, [family]).length > 0,
  );
  const names = new Set([localTraffic?.value, ...rules.map(({ policy }) => policy)]);
  const members = policies.filter(({ name }) => names.has(name)).flatMap((policy) => policy.members);
  return wans.filter(
    (wan) => wan.families.includes(family) && members.some((member) => member.wan === wan.name),
  );
}

/** WANs whose address a socket may get before its packets are marked: main's best default is theirs, or may be. */
function firstWans({ wans }: Site, routes: readonly Route[], family: Family): readonly Wan[] {
  const all = wans.filter((wan) => wan.families.includes(family));
  const defaults = routes.filter(
    (route) => route.family === family && route.table === MAIN_TABLE && route.destination.length === 0,
  );
  const least = Math.min(...defaults.map(({ metric }) => metric));
  const best = defaults.filter(({ metric }) => metric === least).flatMap(({ hops }) => hops);
  const known = all.filter((wan) => best.some(({ device }) => device === wan.interface));
  return known.length === 0 ? all : known;
}
