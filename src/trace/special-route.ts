import { sysctlKey } from '../kernel/sysctl-key.ts';
import { isLinkLocal } from '../net/link-local.ts';
import { isOnFor } from './device-sysctl.ts';
import type { StateIndex } from './index-state.ts';
import type { Packet } from './path.ts';
import type { RouteQuery } from './policy-rule.ts';
import { formatPoint, type Term } from './term.ts';
import type { RouteResult } from './trace.ts';

export const LIMITED_BROADCAST = 0xffffffff;
const UNSPECIFIED_IPV6 = '0'.repeat(32);
const LOOPBACK_IPV6 = `${'0'.repeat(31)}1`;

function isLoopback(address: Term): boolean {
  return typeof address === 'number' ? address >>> 24 === 127 : address === LOOPBACK_IPV6;
}

export function isMulticast(address: Term): boolean {
  return typeof address === 'number'
    ? address >>> 28 === 0xe
    : typeof address === 'string' && address.startsWith('ff');
}

/** What comes for many is answered by each from its own address, if at all. */
export function isNoHost(address: Term): boolean {
  return isMulticast(address) || address === LIMITED_BROADCAST;
}

/** Nobody can answer it. */
export function isUnspecified(address: Term): boolean {
  return address === 0 || address === UNSPECIFIED_IPV6;
}

/**
 * What the kernel makes of some addresses before it asks a table (ip_route_input_slow, ip_route_output_key_hash_rcu);
 * undefined: the tables decide.
 */
export function specialRoute(index: StateIndex, query: RouteQuery): RouteResult | undefined {
  const { asker, family } = query;
  if (asker === 'input') return family === 'ipv4' ? arriving(index, query) : arrivingIpv6(query);
  return family === 'ipv4' && (asker === 'output' || asker === 're-route')
    ? leaving(index, query)
    : undefined;
}

function arriving(index: StateIndex, { saddr, daddr, iif }: RouteQuery): RouteResult | undefined {
  const source = typeof saddr === 'number' ? saddr : undefined;
  if (source !== undefined && isNoHost(source)) return noSource(source);
  if (isMulticast(daddr)) return { kind: 'multicast' };
  if (daddr === LIMITED_BROADCAST || (daddr === 0 && source === 0)) return { kind: 'broadcast', device: iif };
  if (source === 0) return noSource(source);
  if (daddr === 0) return { kind: 'martian', reason: '0.0.0.0 is no destination' };
  const foreign = isLoopback(daddr) ? 'for' : isLoopback(source ?? '') ? 'from' : undefined;
  return foreign === undefined ? undefined : localNet(index, iif, foreign);
}

/** No setting lets ::1 in, and none is needed to turn away what a rule translated to it (observed on 6.18). */
function arrivingIpv6({ daddr, iif }: RouteQuery): RouteResult | undefined {
  if (!isLoopback(daddr) || iif === 'lo') return undefined;
  return { kind: 'martian', reason: '::1 is no destination for what comes in' };
}

function leaving(index: StateIndex, { saddr = '', daddr, oif }: RouteQuery): RouteResult | undefined {
  if (typeof saddr !== 'number') return undefined;
  if (isNoHost(saddr) || saddr === 0) return noSource(saddr);
  if (oif !== undefined || !isNoHost(daddr)) return undefined;
  const text = formatPoint(saddr, 'ipv4');
  const device = index.addresses('ipv4').find(({ address }) => address === text)?.device;
  return device === undefined ? undefined : { kind: 'unicast', device };
}

function noSource(source: number): RouteResult {
  return { kind: 'martian', reason: `${formatPoint(source, 'ipv4')} is no source` };
}

/**
 * The kernel keeps 127.0.0.0/8 off the wire (IN_DEV_NET_ROUTE_LOCALNET); undefined where the device has been told
 * otherwise.
 */
function localNet(index: StateIndex, device: string, where: 'for' | 'from'): RouteResult | undefined {
  if (device === 'lo' || isOnFor(index, device, 'route_localnet')) return undefined;
  const setting = sysctlKey('ipv4', device, 'route_localnet');
  return { kind: 'martian', reason: `${device} takes nothing ${where} 127.0.0.0/8 unless ${setting} is 1` };
}

/** What a socket or a re-route gets in the end: from 127.0.0.0/8 nothing leaves (__mkroute_output). */
export function leavingRoute(index: StateIndex, query: RouteQuery, result: RouteResult): RouteResult {
  const leaves = query.asker === 'output' || query.asker === 're-route';
  if (!leaves || query.family !== 'ipv4' || result.kind !== 'unicast' || !isLoopback(query.saddr ?? ''))
    return result;
  return localNet(index, result.device, 'from') ?? result;
}

/** What IPv6 throws away before any rule sees it (ip6_rcv_core). */
export function refusesArrival({ family, iif, saddr, daddr }: Packet): string | undefined {
  if (family === 'ipv4' || iif === 'lo') return undefined;
  if (isLoopback(saddr)) return '::1 is no source of what comes in';
  if (isLoopback(daddr)) return '::1 is no destination for what comes in';
  return isMulticast(saddr) ? 'a multicast address is no source' : undefined;
}

/** What IPv6 takes for itself and does not pass on (ip6_forward). */
export function refusesForward({ family, saddr }: Packet): string | undefined {
  if (family === 'ipv4') return undefined;
  if (isUnspecified(saddr)) return 'what comes from :: is not forwarded';
  return typeof saddr === 'string' && isLinkLocal(saddr)
    ? 'what comes from a link-local address is not forwarded'
    : undefined;
}
