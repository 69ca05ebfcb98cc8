import type { Address } from '../kernel/routing.ts';
import type { Family } from '../net/family.ts';
import { isLinkLocal } from '../net/link-local.ts';
import { deviceSysctl } from './device-sysctl.ts';
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
  const { device, gateway } = route;
  return family === 'ipv6'
    ? addressForIpv6(index, device, isPoint(daddr) ? daddr : undefined)
    : hopSource(index, device, gateway, route.route?.scope ?? 0);
}

/**
 * The IPv4 source of a hop, which the kernel keeps with it: by its gateway, not by who is to be reached, so that of a hop
 * without one it is the device's first address (fib_info_update_nhc_saddr).
 */
export function hopSource(
  index: StateIndex,
  device: string,
  gateway: string | undefined,
  scope: number,
): Point | undefined {
  return addressForIpv4(
    index,
    device,
    gateway === undefined ? undefined : addressPoint(gateway, 'ipv4'),
    scope,
  );
}

/** Masquerade asks the device, not the route: its `src` does not count (nf_nat_masquerade_ipv4). */
export function masqueradeSource(
  index: StateIndex,
  family: Family,
  device: string,
  gateway: string | undefined,
  daddr: Term,
): Point | undefined {
  const target = isPoint(daddr) ? daddr : undefined;
  if (family === 'ipv6') return addressForIpv6(index, device, target);
  // A gateway of IPv6 is no next hop here (rt_nexthop).
  const next = gateway === undefined ? undefined : addressPoint(gateway, 'ipv4');
  return addressForIpv4(index, device, next ?? target, 0);
}

function addressForIpv4(
  index: StateIndex,
  device: string,
  next: Point | undefined,
  scope: number,
): Point | undefined {
  const all = index.addresses('ipv4');
  // inet_select_addr: of the device's primary addresses the one beside the next hop, else the first.
  const own = all.filter((each) => each.device === device && each.scope <= Math.max(scope, 0));
  const primary = own.filter((each) => each.flags?.includes('secondary') !== true);
  const beside = primary.find((each) => next !== undefined && isBeside(each, next));
  const chosen = beside ?? primary[0] ?? all.find((each) => each.scope !== LINK_SCOPE && each.scope <= scope);
  return chosen === undefined ? undefined : addressPoint(chosen.address, 'ipv4');
}

/** Whether it is on the network of this address. */
export function isBeside({ address, peer, length, family }: Address, next: Point): boolean {
  const point = addressPoint(peer ?? address, family);
  if (point === undefined) return false;
  const [first, last] = networkStretch(point, length);
  return next >= first && next <= last;
}

/**
 * The rules of RFC 6724 as the kernel asks them, of all its addresses (ipv6_dev_get_saddr): that of the destination itself,
 * reach, not deprecated, the device it leaves by, public or temporary, the longest common prefix. Of equals the one listed
 * first, which is the one added last.
 */
function addressForIpv6(index: StateIndex, device: string, next: Point | undefined): Point | undefined {
  const isNear = typeof next === 'string' && isLinkLocal(next);
  const scores = index.addresses('ipv6').flatMap((each) => {
    const point = addressPoint(each.address, 'ipv6');
    const flags = each.flags ?? [];
    const reaches = each.scope === 0 || (each.scope === LINK_SCOPE && each.device === device);
    const isFar = isNear && each.device !== device;
    if (point === undefined || !reaches || isFar || flags.some((flag) => UNUSABLE.has(flag))) return [];
    const score = [
      point === next,
      (each.scope === LINK_SCOPE) === isNear,
      !flags.includes('deprecated'),
      each.device === device,
      flags.includes('temporary') === prefersTemporary(index, each.device),
      typeof next === 'string' ? Math.min(commonDigits(String(point), next), each.length) : 0,
    ].map(Number);
    return [{ point, score }];
  });
  const [first, ...others] = scores;
  return others.reduce(
    (best, each) => (best !== undefined && isBetter(each.score, best.score) ? each : best),
    first,
  )?.point;
}

function isBetter(score: readonly number[], than: readonly number[]): boolean {
  const at = score.findIndex((each, rule) => each !== than[rule]);
  return (score[at] ?? 0) > (than[at] ?? 0);
}

/** From 2 on; with 1 the kernel makes temporary addresses and uses public ones. */
function prefersTemporary(index: StateIndex, device: string): boolean {
  return Number(deviceSysctl(index, 'ipv6', device, 'use_tempaddr') ?? 0) >= 2;
}

/** Leading bits two addresses share. */
function commonDigits(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  if (at === a.length) return 128;
  const difference = Number.parseInt(a.charAt(at), 16) ^ Number.parseInt(b.charAt(at), 16);
  return 4 * at + Math.clz32(difference) - 28;
}
