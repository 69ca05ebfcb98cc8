import type { Address } from '../kernel/routing.ts';
import type { Family } from '../net/family.ts';
import type { StateIndex } from './index-state.ts';
import { networkStretch } from './operand.ts';
import { addressPoint, isPoint, type Point, type Term } from './term.ts';
import type { RouteResult } from './trace.ts';

/** Scope numbers of addresses (rtnetlink): the bigger, the nearer. */
const LINK_SCOPE = 253;

/** Never a source: not confirmed yet, or found twice. */
const UNUSABLE: ReadonlySet<string> = new Set(['tentative', 'dadfailed']);

/** The source of a packet that leaves by this route and names none; undefined when no address is known. */
export function sourceOfRoute(
  index: StateIndex,
  family: Family,
  route: RouteResult,
  daddr: Term,
): Point | undefined {
  if ('source' in route && route.source !== undefined) return addressPoint(route.source, family);
  if (route.kind === 'local') return isPoint(daddr) ? daddr : undefined;
  if (route.kind !== 'unicast') return undefined;
  const scope = route.route?.scope ?? 0;
  return addressFor(index, family, route.device, nextHop(family, route.gateway, daddr), scope);
}

/** Masquerade asks the device, not the route: its `src` does not count (nf_nat_masquerade_ipv4). */
export function masqueradeSource(
  index: StateIndex,
  family: Family,
  device: string,
  gateway: string | undefined,
  daddr: Term,
): Point | undefined {
  const next = family === 'ipv4' ? nextHop(family, gateway, daddr) : isPoint(daddr) ? daddr : undefined;
  return addressFor(index, family, device, next, 0);
}

function nextHop(family: Family, gateway: string | undefined, daddr: Term): Point | undefined {
  if (gateway !== undefined && family === 'ipv4') return addressPoint(gateway, family);
  return isPoint(daddr) ? daddr : undefined;
}

function addressFor(
  index: StateIndex,
  family: Family,
  device: string,
  next: Point | undefined,
  scope: number,
): Point | undefined {
  const all = index.addresses(family);
  if (family === 'ipv6') return addressForIpv6(all, device, next);
  // inet_select_addr: of the device's primary addresses the one beside the next hop, else the first.
  const own = all.filter((each) => each.device === device && each.scope <= Math.max(scope, 0));
  const primary = own.filter((each) => each.flags?.includes('secondary') !== true);
  const beside = primary.find((each) => next !== undefined && isBeside(each, next));
  const chosen = beside ?? primary[0] ?? all.find((each) => each.scope !== LINK_SCOPE && each.scope <= scope);
  return chosen === undefined ? undefined : addressPoint(chosen.address, family);
}

/** Whether it is on the network of this address. */
export function isBeside({ address, peer, length, family }: Address, next: Point): boolean {
  const point = addressPoint(peer ?? address, family);
  if (point === undefined) return false;
  const [first, last] = networkStretch(point, length);
  return next >= first && next <= last;
}

/** The rules of RFC 6724 that tell addresses of one device apart: scope, deprecated, longest common prefix. */
function addressForIpv6(all: readonly Address[], device: string, next: Point | undefined): Point | undefined {
  const usable = (each: Address) => each.flags?.some((flag) => UNUSABLE.has(flag)) !== true;
  const global = all.filter((each) => each.scope === 0 && usable(each));
  const own = global.filter((each) => each.device === device);
  const candidates = own.length > 0 ? own : global;
  const fresh = candidates.filter((each) => each.flags?.includes('deprecated') !== true);
  const [first, ...others] = (fresh.length > 0 ? fresh : candidates).flatMap(
    ({ address }) => addressPoint(address, 'ipv6') ?? [],
  );
  if (first === undefined || typeof next !== 'string') return first;
  const common = (point: Point) => commonDigits(String(point), next);
  return others.reduce((best, each) => (common(each) > common(best) ? each : best), first);
}

/** Leading bits two addresses share. */
function commonDigits(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  if (at === a.length) return 128;
  const difference = Number.parseInt(a.charAt(at), 16) ^ Number.parseInt(b.charAt(at), 16);
  return 4 * at + Math.clz32(difference) - 28;
}
