import type { Route } from '../kernel/routing.ts';
import { type Assumptions, OF_PACKET } from './assumption.ts';
import type { RouteQuery } from './policy-rule.ts';
import { type Answer, decide, type Question } from './question.ts';
import { conditionOf } from './route-condition.ts';
import { termKey } from './term.ts';

/**
 * The default routes among which IPv4 chooses for what the machine itself sends, the one that the lookup found first: by what
 * is known of their gateways, which are taken in turn while none is known to answer (fib_select_default; of 100 datagrams
 * each of two took 50). They have the same metric, or the ones before ask for a type of service and it does not.
 */
export function rivalDefaults(
  routes: readonly Route[],
  query: RouteQuery,
  asks: (route: Route) => Answer,
): readonly Route[] | Question {
  const [found, ...others] = routes;
  if (found === undefined || !choosesGateway(found, query)) return [];
  const rivals = [found];
  for (const route of others) {
    const asked = asks(route);
    if (typeof asked === 'object') return asked;
    if (!asked || route.type !== 'unicast' || route.hops[0]?.gateway === undefined) continue;
    const last = rivals.at(-1) ?? found;
    const [tos = 0, before = 0] = [conditionOf(route).tos, conditionOf(last).tos];
    if (tos === before && route.metric > last.metric) continue;
    rivals.push(route);
  }
  return rivals;
}

function choosesGateway({ destination, type, hops }: Route, { family, asker, oif }: RouteQuery): boolean {
  const isOutput = asker === 'output' || asker === 're-route';
  if (family !== 'ipv4' || !isOutput || oif !== undefined || destination.length > 0) return false;
  return type === 'unicast' && hops.length === 1 && hops[0]?.gateway !== undefined;
}

/** Which one it is this time. */
export function chooseDefault(
  rivals: readonly Route[],
  a: Assumptions,
  { asker, saddr }: RouteQuery,
): Route | Question | undefined {
  for (const route of rivals.slice(0, -1)) {
    const gateway = `${route.hops[0]?.gateway} dev ${route.hops[0]?.device}`;
    const key = `${OF_PACKET}default gateway ${gateway} for ${asker} from ${termKey(saddr ?? '')}`;
    const taken = decide(a, `the default gateway taken is ${gateway}`, key, true);
    if (typeof taken === 'object') return taken;
    if (taken) return route;
  }
  return rivals.at(-1);
}
