import type { Route } from '../kernel/routing.ts';
import { type Prefix, parsePrefix } from '../net/prefix.ts';

/** What a route asks of a packet beside its destination, and how it stands to others that ask the same. */
export interface RouteCondition {
  /** IPv6: the network its source is in; a packet that has none yet is in no network but that of everything. */
  readonly from?: Prefix;
  /** IPv4: the type of service, in which the kernel compares the three old bits alone. */
  readonly tos?: number;
  /** IPv6: 1 for high, -1 for low (RFC 4191). */
  readonly preference: number;
  /** Its hops are nexthop objects (`nhid`), not its own. */
  readonly hasObjects: boolean;
}

const PREFERENCES: Readonly<Record<string, number>> = { high: 1, low: -1 };
const NONE: RouteCondition = { preference: 0, hasObjects: false };
const KNOWN = new WeakMap<Route, RouteCondition>();

export function conditionOf(route: Route): RouteCondition {
  if (route.attributes === undefined) return NONE;
  const known = KNOWN.get(route);
  if (known !== undefined) return known;
  const word = (name: string) => new RegExp(`\\b${name} (\\S+)`).exec(route.attributes ?? '')?.[1];
  const from = parsePrefix(word('from') ?? '');
  const tos = word('tos');
  const found = {
    ...(from === undefined ? {} : { from }),
    ...(tos === undefined ? {} : { tos: Number(tos) }),
    preference: PREFERENCES[word('pref') ?? ''] ?? 0,
    hasObjects: word('nhid') !== undefined,
  };
  KNOWN.set(route, found);
  return found;
}

/**
 * The routes to one network, `length` bits long, in the order in which the kernel tries them: what asks for more first, then
 * by metric. In IPv6 one for some sources hides those for any source, but for default routes: what comes from elsewhere
 * goes on to a shorter network (fib6_node_lookup_1 looks into the subtree of a node instead of the node). Of those of one
 * metric IPv6 takes the one with the highest preference, as a router advertised it (rt6_score_route).
 */
export function inTrialOrder(routes: readonly Route[], length: number): Route[] {
  const specific = routes.filter((route) => conditionOf(route).from !== undefined);
  const seen = length > 0 && specific.length > 0 ? specific : routes;
  return [...seen].sort((a, b) => {
    const [one, two] = [conditionOf(a), conditionOf(b)];
    const bySource = (two.from?.length ?? 0) - (one.from?.length ?? 0);
    return (
      bySource || (two.tos ?? 0) - (one.tos ?? 0) || a.metric - b.metric || two.preference - one.preference
    );
  });
}
