import { askRoute, queryOf } from './ask-route.ts';
import { addStep, type Path } from './path.ts';
import { UNREAD } from './policy-rule.ts';
import type { RouteResult } from './trace.ts';
import type { World } from './world.ts';

/**
 * Routes one of the machine's own packets again, with the mark it has now (ip_route_me_harder). Its source stays the
 * first route's (kernel-facts 5.3). The hook it is in goes on with the device it began with: after a re-route from wan0
 * to wan1, `-o wan0` still matches in OUTPUT.
 */
export function routeAgain(path: Path, done: Path[], world: World): Path[] {
  const { family } = path.packet;
  const query = {
    ...queryOf(path),
    asker: 're-route' as const,
    ...(world.index.routing(family).readsPackets ? {} : UNREAD),
    // Of an IPv4 packet it does not ask whose it is.
    ...(family === 'ipv4' ? { uid: 0 } : {}),
  };
  const { oif } = path.packet;
  const alive: Path[] = [];
  for (const { path: one, lookup } of askRoute(path, query, world)) {
    addStep(one, { kind: 'route', why: 're-route', lookup });
    if (!takeRoute(one, lookup.result)) {
      done.push(one);
      continue;
    }
    one.exit = one.packet.oif;
    one.packet = { ...one.packet, oif };
    alive.push(one);
  }
  return alive;
}

/** The end of OUTPUT: the packet is where the last re-route led. */
export function takeExit(path: Path): void {
  if (path.exit !== undefined) path.packet = { ...path.packet, oif: path.exit };
  path.exit = undefined;
}

/** Puts the packet on its route; false when it ends here. */
export function takeRoute(path: Path, result: RouteResult): boolean {
  path.route = result;
  switch (result.kind) {
    case 'unicast':
      path.packet = { ...path.packet, oif: result.device };
      return true;
    case 'local':
    case 'broadcast':
    case 'anycast':
      path.packet = { ...path.packet, oif: result.kind === 'broadcast' ? (result.device ?? 'lo') : 'lo' };
      return true;
    case 'multicast':
      path.end = { kind: 'unknown', reason: 'multicast is not followed' };
      return false;
    case 'unknown':
      path.end = { kind: 'unknown', reason: result.reason };
      return false;
    case 'martian':
      path.end = { kind: 'dropped', reason: result.reason };
      return false;
    case 'no-route':
      path.end = { kind: 'unreachable', reason: 'no route' };
      return false;
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
      path.end = {
        kind: result.kind,
        reason: result.route === undefined ? `policy rule ${result.kind}` : `route ${result.kind}`,
      };
      return false;
  }
}
