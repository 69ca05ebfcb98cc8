import { type Address, MAIN_TABLE, type Route } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { type Prefix, prefixContains, prefixRange } from '../net/prefix.ts';
import type { Uplink } from './uplinks.ts';

/** Of addresses, what is routed between ISPs (RFC 4291, 2.4): a prefix of one's own (fd00::/8) is none of theirs. */
const GLOBAL: Prefix = { family: 'ipv6', address: '2000::', length: 3 };

export function isGlobal(prefix: Prefix): boolean {
  return prefixContains(GLOBAL, prefix);
}

/**
 * DHCPv6 clients leave a delegated prefix as unreachable in main, without a word about the WAN it came by. It is taken for
 * that of the WAN whose address has most bits in common with it; an ISP drops what has a prefix of another one.
 */
export function withDelegatedPrefixes(
  uplinks: readonly Uplink[],
  { routes, addresses }: KernelState,
): readonly Uplink[] {
  if (!uplinks.some(followsPrefix)) return uplinks;
  const delegated = routes.filter(isDelegated).map(({ destination }) => destination);
  return uplinks.map((uplink) => {
    if (!followsPrefix(uplink)) return uplink;
    const others = othersAddresses(uplink, uplinks, addresses);
    const distance = (prefix: Prefix) => distanceTo(prefix, uplink.addresses);
    const own = delegated.filter((prefix) => distance(prefix) <= distanceTo(prefix, others));
    return { ...uplink, delegated: own.sort((a, b) => distance(a) - distance(b)) };
  });
}

function followsPrefix({ nat: { ipv6 } }: Uplink): boolean {
  return ipv6.kind === 'nptv6' && ipv6.outside === 'auto';
}

function isDelegated({ table, type, destination }: Route): boolean {
  return table === MAIN_TABLE && type === 'unreachable' && isGlobal(destination);
}

/** Also those that cannot be used for the moment: a prefix is not to change hands because a link came back just now. */
function othersAddresses(
  uplink: Uplink,
  uplinks: readonly Uplink[],
  addresses: readonly Address[],
): readonly Address[] {
  const others = uplinks.filter((other) => other !== uplink);
  const devices = new Set(others.map(({ wan }) => wan.interface));
  devices.delete(uplink.wan.interface);
  return [
    ...addresses.filter(({ device, scope }) => devices.has(device) && scope === 0),
    ...others.flatMap((other) => other.addresses.filter((address) => !uplink.addresses.includes(address))),
  ];
}

/** Bits from the first one on in which the prefix differs from the address that is nearest. */
function distanceTo(prefix: Prefix, addresses: readonly Address[]): number {
  const { first, last } = prefixRange(prefix);
  const distances = addresses
    .filter(({ family }) => family === 'ipv6')
    .map(({ family, address }) => {
      const host = prefixRange({ family, address, length: 128 }).first;
      return host >= first && host <= last ? 0 : (first ^ host).toString(2).length;
    });
  return Math.min(...distances);
}
