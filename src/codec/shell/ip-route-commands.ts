import type { Route } from '../../kernel/routing.ts';
import { sameData } from '../../kernel/same-data.ts';
import type { Span } from '../../net/span.ts';
import { type IpObjectCommand, readAddedRoute } from '../ip-command.ts';
import type { Done } from './iptables-builder.ts';
import type { ScriptState } from './script-state.ts';

/** `ip route VERB WORDS`. */
export function runRouteCommand(state: ScriptState, command: IpObjectCommand, span: Span): Done {
  const { verb, family, words } = command;
  if (verb === 'flush') return flush(state, command, span);
  const { routes } = state;
  const route = readAddedRoute(family, words, { names: state.names, span });
  if (typeof route === 'string') return { message: route };
  if (verb === 'delete') return removeFirst(routes, (one) => isNamed(one, route, words));
  const at = verb === 'add' ? -1 : routes.findIndex((one) => isInPlace(one, route));
  if (verb === 'change' && at === -1) return 'refused';
  if (at === -1) routes.push(route);
  else routes[at] = route;
  return 'done';
}

/** What `ip route flush` asks for by other words than the routes have themselves. */
const PARTS_OF = /^(?:root|match)$/;

/** Every route that is what the words say; the cache of old kernels holds nothing that was configured. */
function flush({ routes, names }: ScriptState, { family, words }: IpObjectCommand, span: Span): Done {
  if (words.includes('cache')) return 'done';
  const said = words.filter((word) => word !== 'exact');
  const of = said.find((word) => PARTS_OF.test(word));
  if (of !== undefined) return { message: `'${of}' of 'ip route flush' is not read` };
  const around = { names, span };
  const exact = readAddedRoute(family, said, around);
  const wanted = typeof exact === 'string' ? readAddedRoute(family, ['default', ...said], around) : exact;
  if (typeof wanted === 'string') return { message: "these are no words of 'ip route flush'" };
  const isMeant = (route: Route) =>
    isNamed(typeof exact === 'string' ? { ...route, destination: wanted.destination } : route, wanted, said);
  const kept = routes.filter((route) => !isMeant(route));
  routes.splice(0, routes.length, ...kept);
  return 'done';
}

/** `table all`. */
const EVERY_TABLE = 0;

/** Whether a route is all that the words say of it; main's where they name no table. */
function isNamed(route: Route, wanted: Route, words: readonly string[]): boolean {
  const says = (...names: readonly string[]) => words.some((word) => names.includes(word));
  return (
    route.family === wanted.family &&
    (wanted.table === EVERY_TABLE || route.table === wanted.table) &&
    sameData(route.destination, wanted.destination) &&
    (!says('metric', 'preference') || route.metric === wanted.metric) &&
    (!says('proto', 'protocol') || route.protocol === wanted.protocol) &&
    (!says('scope') || route.scope === wanted.scope) &&
    (!says('src') || route.source === wanted.source) &&
    wanted.hops.every((said) => route.hops.some((hop) => isHop(hop, said)))
  );
}

function isHop(hop: Route['hops'][number], { gateway, device }: Route['hops'][number]): boolean {
  return (
    (gateway === undefined || hop.gateway === gateway) && (device === undefined || hop.device === device)
  );
}

/** What the kernel keeps one of in a table. */
function isInPlace(a: Route, b: Route): boolean {
  return (
    a.family === b.family &&
    a.table === b.table &&
    a.metric === b.metric &&
    sameData(a.destination, b.destination)
  );
}

function removeFirst(routes: Route[], isWanted: (one: Route) => boolean): Done {
  const at = routes.findIndex(isWanted);
  if (at === -1) return 'refused';
  routes.splice(at, 1);
  return 'done';
}
