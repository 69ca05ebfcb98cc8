import { fork, type Path } from './path.ts';
import type { RouteQuery } from './policy-rule.ts';
import { isQuestion } from './read-term.ts';
import { describe, lookUp } from './route-lookup.ts';
import { leavingRoute, specialRoute } from './special-route.ts';
import type { RouteLookup } from './trace.ts';
import type { World } from './world.ts';

/** Questions one lookup may ask before it is given up. */
const MAX_QUESTIONS = 64;

/** The answer for each way the path can turn out to be; the path forks where the lookup depends on what is not known. */
export function askRoute(
  path: Path,
  query: RouteQuery,
  world: World,
): readonly { readonly path: Path; readonly lookup: RouteLookup }[] {
  const special = specialRoute(world.index, query);
  if (special !== undefined)
    return [{ path, lookup: withResult({ ...describe(query), tried: [], result: special }, query, world) }];
  const open = [path];
  const answers: { path: Path; lookup: RouteLookup }[] = [];
  for (let asked = 0; open.length > 0; asked += 1) {
    const one = open.pop();
    if (one === undefined) break;
    const answer = lookUp(world.index, one.assumptions, query);
    if (!isQuestion(answer)) answers.push({ path: one, lookup: withResult(answer, query, world) });
    else if (asked < MAX_QUESTIONS) open.push(fork(one, answer.no), fork(one, answer.yes));
    else {
      world.limits.add('a route lookup depends on too much that is not known');
      break;
    }
  }
  return answers;
}

function withResult(lookup: RouteLookup, query: RouteQuery, { index }: World): RouteLookup {
  const result = leavingRoute(index, query, lookup.result);
  return result === lookup.result ? lookup : { ...lookup, result };
}

/** The question a packet on its way asks. */
export function queryOf({ packet, flow }: Path): RouteQuery {
  return {
    family: packet.family,
    asker: packet.local ? 'output' : 'input',
    saddr: packet.saddr,
    daddr: packet.daddr,
    ...(packet.about === undefined ? {} : { about: packet.about }),
    mark: packet.mark,
    iif: packet.local ? 'lo' : packet.iif,
    ...(packet.local && flow.out !== undefined ? { oif: flow.out } : {}),
    dscp: packet.dscp,
    protocol: packet.protocol,
    sport: packet.sport,
    dport: packet.dport,
    uid: packet.local ? (flow.uid ?? { kind: 'variable', id: 'uid', domain: 'u32' }) : 0,
  };
}
