import type { NextHop, PolicyRule, Route } from '../kernel/routing.ts';
import type { Family } from '../net/family.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Assumptions } from './assumption.ts';
import { chooseDefault, rivalDefaults } from './default-gateway.ts';
import { deviceSysctl, isOnFor } from './device-sysctl.ts';
import type { RouteTable, RoutingIndex } from './index-routing.ts';
import type { StateIndex } from './index-state.ts';
import { chooseHop } from './multipath-hop.ts';
import { networkStretch } from './operand.ts';
import { inPrefix, isTos, matchSelector, type RouteQuery } from './policy-rule.ts';
import { type Answer, isIn, type Question } from './question.ts';
import { conditionOf } from './route-condition.ts';
import { formatPoint, isPoint, type Term, termKey } from './term.ts';
import type { RouteLookup, RouteResult, TriedRule } from './trace.ts';

/** What a table gives: a route with its hop, nothing, or an error that ends the lookup. */
interface Hit {
  readonly route: Route;
  readonly hop: NextHop | undefined;
  /** It was one of several, and the next packet may get another. */
  readonly chance: boolean;
}

/** Routes of which the destination is not known: beyond this many networks the lookup is not forked any more. */
const MAX_UNKNOWN_NETWORKS = 64;

/**
 * Asks the policy rules in order, and each one's table for the longest prefix with a usable hop (fib_rules_lookup,
 * fib_table_lookup). A question where something that matters is not known.
 */
export function lookUp(index: StateIndex, a: Assumptions, query: RouteQuery): RouteLookup | Question {
  const routing = index.routing(query.family);
  const key = answerKey(routing, query);
  const known = key === undefined ? undefined : (routing.answers.get(key) as RouteLookup | undefined);
  if (known !== undefined) return known;
  const answer = walkRules(index, routing, a, query);
  // A choice among hops is the path's, not the table's.
  if (key !== undefined && answer.kind !== 'question' && !answer.chance)
    routing.answers.set(key, answer.lookup);
  return answer.kind === 'question' ? answer : answer.lookup;
}

function answerKey(routing: RoutingIndex, query: RouteQuery): string | undefined {
  const { saddr = '', daddr, mark, dscp } = query;
  if (typeof mark !== 'number' || !isPoint(saddr) || !isPoint(daddr) || routing.asksTransport)
    return undefined;
  // What a path supposes of it is not in the key.
  if (routing.asksTos && typeof dscp !== 'number') return undefined;
  return `${daddr} ${saddr} ${mark} ${query.iif} ${query.oif ?? ''} ${query.oifOfRules ?? ''} ${termKey(dscp)}`;
}

interface Found {
  readonly kind: 'found';
  readonly lookup: RouteLookup;
  /** The answer rests on what this path supposes. */
  readonly chance: boolean;
}

function walkRules(
  index: StateIndex,
  routing: RoutingIndex,
  a: Assumptions,
  query: RouteQuery,
): Found | Question {
  const tried: TriedRule[] = [];
  let chance = false;
  const found = (result: RouteResult): Found => ({
    kind: 'found',
    lookup: { ...describe(query), tried, result },
    chance,
  });
  if (!routing.known) return found({ kind: 'unknown', reason: 'the state lists no routes of this family' });
  // `goto` only leads forward, so that this comes to an end.
  for (let at = 0; at < routing.rules.length; at += 1) {
    const rule = routing.rules[at];
    if (rule === undefined) break;
    const { answer, reason } = matchSelector(a, rule, query, routing.nameOf);
    if (typeof answer === 'object') return answer;
    const step = answer
      ? applyRule(index, routing, a, query, rule, at)
      : ({ kind: 'next', why: reason } as const);
    if (step.kind === 'question') return step;
    if (step.kind === 'end') {
      chance ||= step.chance;
      tried.push({ rule });
      return found(step.result);
    }
    tried.push({ rule, why: step.why });
    if (step.kind === 'goto') at = step.at - 1;
  }
  return found({ kind: 'no-route' });
}

type Step =
  | { readonly kind: 'next'; readonly why: string }
  | { readonly kind: 'goto'; readonly at: number; readonly why: string }
  | { readonly kind: 'end'; readonly result: RouteResult; readonly chance: boolean }
  | Question;

function applyRule(
  index: StateIndex,
  routing: RoutingIndex,
  a: Assumptions,
  query: RouteQuery,
  rule: PolicyRule,
  place: number,
): Step {
  const { action } = rule;
  switch (action.kind) {
    case 'nop':
      return { kind: 'next', why: 'nop' };
    case 'goto': {
      // Where no rule has just this priority, the kernel lists it as unresolved and goes on with the next one.
      const at = routing.rules.findIndex((each) => each.priority === action.priority);
      if (at <= place) return { kind: 'next', why: 'goto has no target' };
      return { kind: 'goto', at, why: `goes on at ${action.priority}` };
    }
    case 'unreachable':
    case 'blackhole':
    case 'prohibit':
      return { kind: 'end', result: { kind: action.kind }, chance: false };
    case 'lookup': {
      const table = routing.table(action.table);
      if (table === undefined) return { kind: 'next', why: `table ${action.table} is empty` };
      const hit = findRoute(index, table, a, query);
      if (hit === undefined) return { kind: 'next', why: `table ${action.table} has no route for it` };
      if (hit === 'too many')
        return {
          kind: 'end',
          result: { kind: 'unknown', reason: `the address is not known, and table ${action.table} is long` },
          chance: false,
        };
      if ('kind' in hit) return hit;
      return judge(hit, action, rule);
    }
  }
}

function judge(
  { route, hop, chance }: Hit,
  action: Extract<PolicyRule['action'], { kind: 'lookup' }>,
  rule: PolicyRule,
): Step {
  if (route.type === 'throw')
    return { kind: 'next', why: `table ${action.table} throws it back (${formatPrefix(route.destination)})` };
  const { suppressPrefixLength } = action;
  const isError = route.type === 'unreachable' || route.type === 'blackhole' || route.type === 'prohibit';
  // Only what was found without an error is suppressed (fib_rules_lookup).
  if (!isError && suppressPrefixLength !== undefined && route.destination.length <= suppressPrefixLength) {
    const why = `${formatPrefix(route.destination)} is suppressed (suppress_prefixlength ${suppressPrefixLength})`;
    return { kind: 'next', why };
  }
  if (action.suppressGroup !== undefined)
    return {
      kind: 'end',
      result: { kind: 'unknown', reason: `rule ${rule.priority} suppresses by interface group` },
      chance: false,
    };
  return { kind: 'end', result: resultOf(route, hop), chance };
}

function resultOf(route: Route, hop: NextHop | undefined): RouteResult {
  const device = hop?.device === undefined ? {} : { device: hop.device };
  const source = route.source === undefined ? {} : { source: route.source };
  switch (route.type) {
    case 'unreachable':
    case 'blackhole':
    case 'prohibit':
      return { kind: route.type, route };
    case 'throw':
      return { kind: 'no-route' };
    case 'unicast': {
      if (hop?.device === undefined) return { kind: 'unknown', reason: 'the route names no device' };
      const gateway = hop.gateway === undefined ? {} : { gateway: hop.gateway };
      return { kind: 'unicast', device: hop.device, ...gateway, ...source, route };
    }
    default:
      return { kind: route.type, ...device, ...source, route };
  }
}

/** The route of the longest prefix that has a usable hop; of several the lowest metric. */
function findRoute(
  index: StateIndex,
  table: RouteTable,
  a: Assumptions,
  query: RouteQuery,
): Hit | Question | 'too many' | undefined {
  const { daddr } = query;
  if (isPoint(daddr)) {
    for (const length of table.lengths) {
      const hit = usable(index, table.at(length, networkStretch(daddr, length)[0]), a, query);
      if (hit !== undefined) return hit;
    }
    return undefined;
  }
  for (const [count, { length, first, last }] of table.networks.entries()) {
    if (count >= MAX_UNKNOWN_NETWORKS) return 'too many';
    const text = `destination in ${formatPoint(first, query.family)}/${length}`;
    const inside = isIn(a, daddr, [first, last], text);
    if (typeof inside === 'object') return inside;
    const hit = inside ? usable(index, table.at(length, first), a, query) : undefined;
    if (hit !== undefined) return hit;
  }
  return undefined;
}

function usable(
  index: StateIndex,
  routes: readonly Route[],
  a: Assumptions,
  query: RouteQuery,
): Hit | Question | undefined {
  for (const [at, route] of routes.entries()) {
    const asked = isAsked(route, a, query);
    if (typeof asked === 'object') return asked;
    if (!asked) continue;
    if (route.hops.length === 0) return { route, hop: undefined, chance: false };
    const hops = route.hops.filter((hop) => isUsable(index, hop, query));
    if (hops.length === 0) continue;
    const rivals = rivalDefaults(
      routes.slice(at),
      query,
      (each) => each.hops.every((hop) => isUsable(index, hop, query)) && isAsked(each, a, query),
    );
    if ('kind' in rivals) return rivals;
    if (rivals.length > 1) return hitOf(chooseDefault(rivals, a, query));
    const hop = chooseHop(index, route, hops, a, query);
    return hop !== undefined && 'kind' in hop ? hop : { route, hop, chance: route.hops.length > 1 };
  }
  return undefined;
}

function hitOf(route: Route | Question | undefined): Hit | Question | undefined {
  if (route === undefined || 'kind' in route) return route;
  return { route, hop: route.hops[0], chance: true };
}

function isAsked(route: Route, a: Assumptions, query: RouteQuery): Answer {
  const { saddr } = query;
  const { from, tos = 0 } = conditionOf(route);
  if (from !== undefined) return saddr === undefined ? from.length === 0 : inPrefix(a, saddr, from, 'source');
  return tos === 0 || isTos(a, query, tos);
}

function isUsable(index: StateIndex, hop: NextHop, { oif, family }: RouteQuery): boolean {
  if (oif !== undefined && hop.device !== oif) return false;
  const flags = hop.flags ?? [];
  if (flags.includes('dead')) return false;
  if (!flags.includes('linkdown')) return true;
  return !ignoresLinkDown(index, hop.device ?? '', family);
}

/** IPv4 asks the device and all; IPv6 the device alone, to which a change of all is copied (ip6_ignore_linkdown). */
function ignoresLinkDown(index: StateIndex, device: string, family: Family): boolean {
  const name = 'ignore_routes_with_linkdown';
  if (family === 'ipv4') return isOnFor(index, device, name);
  return (deviceSysctl(index, family, device, name) ?? deviceSysctl(index, family, 'all', name)) === '1';
}

export function describe(query: RouteQuery): Omit<RouteLookup, 'tried' | 'result'> {
  const address = (term: Term | undefined) =>
    term === undefined ? 'any' : isPoint(term) ? formatPoint(term, query.family) : '?';
  const { mark } = query;
  return {
    mark: typeof mark === 'number' ? mark : { value: mark.value, unknown: mark.unknown },
    source: address(query.saddr),
    destination: address(query.daddr),
    in: query.iif,
    ...(query.oif === undefined ? {} : { out: query.oif }),
  };
}
