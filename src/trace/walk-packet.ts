import type { Family } from '../net/family.ts';
import { askRoute, queryOf } from './ask-route.ts';
import { deviceSysctl } from './device-sysctl.ts';
import { takeExit, takeRoute } from './output-reroute.ts';
import { addStep, fork, type Path } from './path.ts';
import { decide } from './question.ts';
import { checkSource } from './reverse-path.ts';
import { sourceOfRoute } from './select-source.ts';
import { refusesArrival, refusesForward } from './special-route.ts';
import { type Term, termKey } from './term.ts';
import type { RouteLookup, RouteResult } from './trace.ts';
import { viewAddress, viewDevice } from './view.ts';
import { walkHook } from './walk-hook.ts';
import type { World } from './world.ts';

/** A packet that comes in: its device, PREROUTING, the routing decision, then INPUT, or FORWARD, POSTROUTING and a device. */
export function receive(paths: readonly Path[], world: World): Path[] {
  const done: Path[] = [];
  const routed = comeIn(paths, done, world).flatMap((path) => routeInput(path, done, world));
  const local = routed.filter((path) => path.packet.oif === '');
  const forwarded = routed.filter((path) => path.packet.oif !== '');
  deliver(local, done, world);
  leave(walkHook('forward', forwarded, done, world), done, world);
  return done;
}

function comeIn(paths: readonly Path[], done: Path[], world: World): Path[] {
  const taken = walkHook('ingress', paths, done, world).filter((path) =>
    admit(path, refusesArrival(path.packet), done),
  );
  return walkHook('prerouting', taken, done, world);
}

/** False: it ends here, for this reason. */
function admit(path: Path, reason: string | undefined, done: Path[]): boolean {
  if (reason === undefined) return true;
  path.end = { kind: 'dropped', reason };
  done.push(path);
  return false;
}

function goOut(paths: readonly Path[], done: Path[], world: World): Path[] {
  return walkHook('egress', walkHook('postrouting', paths, done, world), done, world);
}

function deliver(paths: readonly Path[], done: Path[], world: World): void {
  for (const path of walkHook('input', paths, done, world)) {
    path.end = { kind: 'local', destination: viewAddress(path, path.packet.daddr) };
    done.push(path);
  }
}

function leave(paths: readonly Path[], done: Path[], world: World): void {
  for (const path of goOut(paths, done, world)) {
    const { packet, route } = path;
    const gateway = route?.kind === 'unicast' ? route.gateway : undefined;
    done.push(path);
    if (isLinkDown(route, packet.oif)) {
      const device = viewDevice(packet.oif);
      path.end = { kind: 'lost', reason: `it leaves by ${device}, which has no carrier`, interface: device };
      continue;
    }
    path.end = {
      kind: 'routed',
      interface: viewDevice(packet.oif),
      ...(gateway === undefined ? {} : { gateway }),
      source: viewAddress(path, packet.saddr),
      destination: viewAddress(path, packet.daddr),
    };
  }
}

/** Such a route is used where the device has no ignore_routes_with_linkdown, though nothing gets out there. */
function isLinkDown(route: RouteResult | undefined, device: Term): boolean {
  if (route?.kind !== 'unicast') return false;
  const hops = route.route?.hops.filter((hop) => hop.device === device) ?? [];
  return hops.length > 0 && hops.every(({ flags }) => flags?.includes('linkdown') === true);
}

/** The mark at the end of PREROUTING decides (kernel-facts 5.1). A path that is for this machine has no `oif`. */
function routeInput(path: Path, done: Path[], world: World): Path[] {
  return askRoute(path, queryOf(path), world).flatMap(({ path: one, lookup }) => {
    addStep(one, { kind: 'route', why: 'input', lookup });
    const { result } = lookup;
    one.route = result;
    switch (result.kind) {
      case 'local':
      case 'broadcast':
      case 'anycast':
        return checkSource(one, 'lo', done, world);
      case 'unicast':
        return forward(one, result.device, done, world);
      case 'unknown':
        return routeBlindly(one, lookup, done, world);
      default:
        takeRoute(one, result);
        done.push(one);
        return [];
    }
  });
}

function forward(path: Path, device: string, done: Path[], world: World): Path[] {
  const refusal = forwards(path, world)
    ? refusesForward(path.packet)
    : `forwarding is off on ${path.packet.iif}`;
  if (!admit(path, refusal, done)) return [];
  const passed = checkSource(path, device, done, world);
  for (const one of passed) one.packet = { ...one.packet, oif: device };
  return passed;
}

/**
 * IPv4 asks the interface, IPv6 the machine, unless the interface forwards whatever the machine does. A state that does
 * not say is taken for a router's.
 */
function forwards({ packet }: Path, world: World): boolean {
  const of = (device: string, name = 'forwarding') => deviceSysctl(world.index, packet.family, device, name);
  if (packet.family === 'ipv6' && of(packet.iif, 'force_forwarding') === '1') return true;
  const value =
    packet.family === 'ipv6'
      ? of('all')
      : (of(packet.iif) ?? of('all') ?? world.index.sysctl('net.ipv4.ip_forward'));
  if (value !== undefined) return value !== '0';
  world.assumed.add(`whether ${packet.family} is forwarded is not in the state: taken as yes`);
  return true;
}

/**
 * Without routes nobody can say where it goes. What can be followed is followed: to this machine, and on by an
 * interface that is not known, the same one for the same mark.
 */
function routeBlindly(path: Path, lookup: RouteLookup, done: Path[], world: World): Path[] {
  const { packet } = path;
  if (world.index.routing(packet.family).known) {
    takeRoute(path, lookup.result);
    done.push(path);
    return [];
  }
  world.assumed.add(`the state lists no ${packet.family} routes: where packets leave is not known`);
  const text = 'the destination is this machine';
  const own = decide(path.assumptions, text, `own ${termKey(packet.daddr)}`, true);
  const ways = typeof own === 'object' ? [fork(path, own.yes), fork(path, own.no)] : [path];
  return ways.map((way) => {
    const local =
      typeof own === 'object' ? way.assumptions.decisions.get(`own ${termKey(packet.daddr)}`) : own;
    if (local !== true) way.packet = { ...packet, oif: blindDevice(way) };
    return way;
  });
}

function blindDevice({ packet }: Path) {
  const id = `exit for mark ${termKey(packet.mark)} to ${termKey(packet.daddr)}`;
  return { kind: 'variable', id, domain: 'text' } as const;
}

/** One of this machine's own packets: a first route by the socket's mark, OUTPUT, which may route again, POSTROUTING. */
export function send(path: Path, world: World): Path[] {
  const done: Path[] = [];
  const routed = routeOutput(path, done, world);
  const sent = walkHook('output', routed, done, world);
  for (const one of sent) takeExit(one);
  const looped = sent.filter((one) => one.packet.oif === 'lo');
  leave(
    sent.filter((one) => one.packet.oif !== 'lo'),
    done,
    world,
  );
  comeBack(goOut(looped, done, world), done, world);
  return done;
}

/** What the machine sends to itself comes in again by loopback, on the route it has (kernel-facts 1). */
function comeBack(paths: readonly Path[], done: Path[], world: World): void {
  // It is no socket's any more (loopback_xmit).
  for (const path of paths) path.packet = { ...path.packet, iif: 'lo', oif: '', local: false };
  deliver(comeIn(paths, done, world), done, world);
}

/** The first lookup (kernel-facts 5.2); a connected socket asks again once its source is chosen (ip_route_connect). */
function routeOutput(path: Path, done: Path[], world: World): Path[] {
  const open = path.packet.saddr === UNCHOSEN;
  const query = { ...queryOf(path), ...(open ? { saddr: undefined } : {}) };
  return askRoute(path, query, world).flatMap(({ path: one, lookup }) => {
    addStep(one, { kind: 'route', why: 'output', lookup });
    // IPv6 forgets an error that it met without a source, and asks again with one (ip6_dst_lookup_tail).
    const forgets = open && one.packet.family === 'ipv6' && isError(lookup.result.kind);
    if (forgets) one.route = { kind: 'unicast', device: '' };
    else if (!startOn(one, lookup, done, world)) return [];
    if (!open) return [one];
    chooseSource(one, world);
    return forgets || connectsTwice(one) ? routeWithSource(one, done, world) : [one];
  });
}

/** ip_route_connect; IPv6 keeps the route it chose the source by. */
function connectsTwice({ flow, packet }: Path): boolean {
  return packet.family === 'ipv4' && (flow.connected ?? packet.protocol === 6);
}

function routeWithSource(path: Path, done: Path[], world: World): Path[] {
  return askRoute(path, queryOf(path), world).flatMap(({ path: one, lookup }) => {
    addStep(one, { kind: 'route', why: 'output with source', lookup });
    return startOn(one, lookup, done, world) ? [one] : [];
  });
}

/** Stands for a source that the kernel is yet to choose. */
export const UNCHOSEN = '';

function startOn(path: Path, { result }: RouteLookup, done: Path[], world: World): boolean {
  const { flow, packet } = path;
  if (result.kind === 'unknown' && !world.index.routing(packet.family).known) {
    world.assumed.add(`the state lists no ${packet.family} routes: where packets leave is not known`);
    path.packet = { ...packet, oif: flow.out ?? blindDevice(path) };
    path.route = result;
    return true;
  }
  // With the device given, a lookup that finds nothing takes the destination to be on its link (ip_route_output_key).
  if (isError(result.kind) && flow.out !== undefined && packet.family === 'ipv4') {
    path.packet = { ...packet, oif: flow.out };
    path.route = { kind: 'unicast', device: flow.out };
    return true;
  }
  if (takeRoute(path, result)) return true;
  done.push(path);
  return false;
}

function isError(kind: RouteLookup['result']['kind']): boolean {
  return kind === 'no-route' || kind === 'unreachable' || kind === 'prohibit' || kind === 'blackhole';
}

function chooseSource(path: Path, world: World): void {
  const { packet, route } = path;
  if (route === undefined) return;
  const source = sourceOfRoute(world.index, packet.family, route, packet.daddr);
  path.packet = { ...packet, saddr: source ?? unknownAddress(route, packet.family) };
}

/** The kernel chooses the same address whenever the same device is asked: packets of one socket have one source. */
function unknownAddress(route: RouteResult, family: Family): Term {
  const device = 'device' in route ? route.device : undefined;
  return { kind: 'variable', id: `own address by ${device ?? '?'}`, domain: family };
}
