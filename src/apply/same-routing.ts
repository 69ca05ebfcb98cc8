import {
  type PolicyRule,
  type Route,
  type RuleAction,
  type RuleSelector,
  routeMtu,
} from '../kernel/routing.ts';
import { formatPrefix, networkOf, type Prefix } from '../net/prefix.ts';

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

type SelectorWord = Exclude<keyof RuleSelector, 'not' | 'from' | 'to' | 'fwmark'>;

/** A record, so that none can be left out. */
const SELECTOR_WORDS: Readonly<Record<SelectorWord, true>> = {
  iif: true,
  oif: true,
  tos: true,
  ipProtocol: true,
  sourcePort: true,
  destinationPort: true,
  uidRange: true,
  unknown: true,
};
const WORDS = Object.keys(SELECTOR_WORDS) as readonly SelectorWord[];

/** A policy rule has no key but itself: priority, selector and action. */
export function ruleKey({ family, priority, protocol, selector, action }: PolicyRule): string {
  const { not = false, from, to, fwmark } = selector;
  return JSON.stringify([
    family,
    priority,
    protocol,
    not,
    hosts(from),
    hosts(to),
    fwmark?.value,
    fwmark?.mask,
    ...WORDS.map((word) => selector[word]),
    ...actionWords(action),
  ]);
}

/** Null for everybody. */
function hosts(prefix: Prefix | undefined): string | null {
  return prefix === undefined || prefix.length === 0 ? null : formatPrefix(networkOf(prefix));
}

function actionWords(action: RuleAction): readonly unknown[] {
  if (action.kind === 'goto') return [action.kind, action.priority];
  if (action.kind !== 'lookup') return [action.kind];
  return [action.kind, action.table, action.suppressPrefixLength, action.suppressGroup, action.realms];
}
