import type { Wan } from '../config/site.ts';
import { type Address, type Route, routeMtu } from '../kernel/routing.ts';
import type { Family } from '../net/family.ts';
import { parsePrefix, prefixContains } from '../net/prefix.ts';
import type { DeviceFacts } from './device-facts.ts';

/** The next hop of a WAN in one family: a gateway, or (address absent) the device alone. */
export interface FoundGateway {
  readonly address?: string;
  /** The gateway is in no network of the interface: the kernel must be told it is there. */
  readonly onlink: boolean;
  /** What the followed route says is the longest packet; absent: the interface's own. */
  readonly mtu?: number;
}

/** The WAN's own addresses that may be used as a source now; `device` is what is known of its interface. */
export function wanAddresses(wan: Wan, device: DeviceFacts): readonly Address[] {
  const unusable = new Set(['tentative', 'deprecated', 'dadfailed']);
  return device.addresses.filter(
    (address) =>
      address.scope === 0 &&
      wan.families.includes(address.family) &&
      !(address.flags ?? []).some((flag) => unusable.has(flag)),
  );
}

/**
 * The gateway of a WAN, or undefined when this machine does not know one yet. `auto` follows what DHCP, RA or PPP left in
 * main: the default route by this interface with the lowest metric.
 */
export function findGateway(wan: Wan, family: Family, device: DeviceFacts): FoundGateway | undefined {
  if (family === 'ipv6' && device.ipv6Off) return undefined;
  const wanted = wan.gateway[family];
  if (wanted.kind === 'none') return { onlink: false };
  if (wanted.kind === 'address')
    return wrongGateway(wan, family, device) === undefined
      ? { address: wanted.address, onlink: !isOnLink(wanted.address, device) }
      : undefined;
  const defaults = device.defaults.filter((route) => route.family === family);
  const best = defaults.sort((a, b) => a.metric - b.metric)[0];
  const hop = best === undefined ? undefined : hopOf(best, wan);
  if (hop !== undefined) {
    const mtu = best === undefined ? undefined : routeMtu(best);
    const limit = mtu === undefined ? {} : { mtu };
    return hop.gateway === undefined
      ? { onlink: false, ...limit }
      : { address: hop.gateway, onlink: hop.onlink === true || !isOnLink(hop.gateway, device), ...limit };
  }
  return isPointToPoint(wan, family, device) ? { onlink: false } : undefined;
}

/** What is wrong with the gateway that the profile names: `its gateway 192.0.2.2 is …`. */
export function wrongGateway(wan: Wan, family: Family, device: DeviceFacts): string | undefined {
  const wanted = wan.gateway[family];
  if (wanted.kind !== 'address') return undefined;
  const fault = device.gatewayFault(wanted.address, !isOnLink(wanted.address, device));
  return fault === undefined ? undefined : `its gateway ${wanted.address} ${fault}`;
}

function hopOf(route: Route, wan: Wan) {
  return route.hops.find((hop) => hop.device === wan.interface);
}

/** PPP, tunnels: with an address on it, everything may go by the device although no default route names it. */
function isPointToPoint(wan: Wan, family: Family, device: DeviceFacts): boolean {
  return (
    device.link?.pointToPoint === true &&
    wanAddresses(wan, device).some((address) => address.family === family)
  );
}

function isOnLink(gateway: string, { addresses }: DeviceFacts): boolean {
  const host = parsePrefix(gateway);
  if (host === undefined) return false;
  if (gateway.toLowerCase().startsWith('fe80:')) return true;
  return addresses.some((address) => address.peer === gateway || prefixContains(address, host));
}
