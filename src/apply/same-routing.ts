import { type PolicyRule, type Route, routeMtu } from '../kernel/routing.ts';
import { formatPrefix, networkOf } from '../net/prefix.ts';

/** The metric the kernel gives an IPv6 route that names none. */
const DEFAULT_IPV6_METRIC = 1024;

/** What names a route in the kernel: `ip route replace` exchanges the one with the same key. */
export function routeKey(route: Route): string {
  const metric = route.family === 'ipv6' && route.metric === 0 ? DEFAULT_IPV6_METRIC : route.metric;
  const { family, table, destination, attributes } = route;
  return [family, table, formatPrefix(networkOf(destination)), metric, ...keyWords(attributes)].join(' ');
}

/** One for a type of service, or for packets from somewhere (IPv6), stands beside the one for all. */
function keyWords(attributes = ''): readonly string[] {
  return attributes.match(/\b(?:tos|from) \S+/g) ?? [];
}

/** Whether two routes of one key send packets the same way; states of the moment (linkdown, expiry) do not count. */
export function sameRoute(a: Route, b: Route): boolean {
  return routeMeaning(a) === routeMeaning(b);
}

function routeMeaning(route: Route): string {
  // The kernel shows an unreachable IPv6 route with `dev lo`; only unicast routes have a way out.
  const hops = route.type === 'unicast' ? route.hops : [];
  return JSON.stringify([
    routeKey(route),
    route.type,
    route.protocol,
    route.source ?? null,
    routeMtu(route) ?? null,
    hops.map((hop) => [hop.gateway ?? null, hop.device ?? null, hop.weight ?? 1, hop.onlink ?? false]),
  ]);
}

/** A policy rule has no key but itself: priority, selector and action. */
export function ruleKey(rule: PolicyRule): string {
  const { from, to, ...selector } = rule.selector;
  return JSON.stringify([
    rule.family,
    rule.priority,
    rule.protocol,
    from === undefined || from.length === 0 ? null : formatPrefix(networkOf(from)),
    to === undefined || to.length === 0 ? null : formatPrefix(networkOf(to)),
    sorted(selector),
    sorted(rule.action),
  ]);
}

/** Entries in one order whatever made the object; nested objects here are only marks. */
function sorted(object: object): readonly (readonly [string, unknown])[] {
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(object))
    if (value !== undefined && value !== false)
      entries.push([key, typeof value === 'object' && value !== null ? sorted(value) : value]);
  return entries.length < 2 ? entries : entries.sort(([a], [b]) => (a < b ? -1 : 1));
}
