import type { Family } from '../net/family.ts';
import { parseAddress } from '../net/prefix.ts';
import { asObjects, asString, type JsonObject } from './json-value.ts';

/**
 * The family of one listed route: `ip route show table all` without -4 or -6 lists both, one after the other. `fallback`
 * is for a route that names no address, such as `default dev ppp0`.
 */
export function routeFamily(entry: JsonObject, fallback: Family): Family {
  const named = [
    entry.dst,
    entry.from,
    entry.prefsrc,
    entry.gateway,
    ...asObjects(entry.nexthops).map((hop) => hop.gateway),
  ];
  for (const one of named) {
    const family = parseAddress((asString(one) ?? '').split('/')[0] ?? '')?.family;
    if (family !== undefined) return family;
  }
  // Every IPv6 route has a preference, and no IPv4 route.
  return 'pref' in entry ? 'ipv6' : fallback;
}

/** Where some routes show a preference, those without one are IPv4. */
export function fallbackFamily(text: string, family: Family): Family {
  return /\bpref\b/.test(text) ? 'ipv4' : family;
}
