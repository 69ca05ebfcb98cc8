import type { Wan } from '../config/site.ts';
import { type Address, type Route, routeMtu } from '../kernel/routing.ts';
import { type Family, familyName } from '../net/family.ts';
import { isLinkLocal } from '../net/link-local.ts';
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

/** What keeps an address from being a source, in the words of `ip address`. */
const UNUSABLE: readonly string[] = ['tentative', 'deprecated', 'dadfailed'];

/** The WAN's own addresses that may be used as a source now; `device` is what is known of its interface. */
export function wanAddresses(wan: Wan, device: DeviceFacts): readonly Address[] {
  return globalAddresses(wan, device).filter(
    ({ flags = [] }) => !flags.some((flag) => UNUSABLE.includes(flag)),
  );
}

function globalAddresses(wan: Wan, { addresses }: DeviceFacts): readonly Address[] {
  return addresses.filter(({ scope, family }) => scope === 0 && wan.families.includes(family));
}

/** The gateway of a WAN, or undefined while nothing can be sent by one. */
export function findGateway(wan: Wan, family: Family, device: DeviceFacts): FoundGateway | undefined {
  const gateway = knownGateway(wan, family, device);
  return gateway === undefined || foreignSource(wan, family, device, gateway) !== undefined
    ? undefined
    : gateway;
}

/** Why the family is left out for want of an address; undefined where it has one, can do without, or has no gateway. */
export function missingSource(wan: Wan, family: Family, device: DeviceFacts): string | undefined {
  const gateway = knownGateway(wan, family, device);
  const taken = gateway === undefined ? undefined : foreignSource(wan, family, device, gateway);
  return taken === undefined
    ? undefined
    : `${wan.interface} has ${whatAddresses(wan, family, device)}, and masquerade would take ${taken.address} of ${taken.device}`;
}

/** What the device has where no address of a family can be used: `no IPv6 address`, `only deprecated IPv6 addresses`. */
function whatAddresses(wan: Wan, family: Family, device: DeviceFacts): string {
  const unusable = globalAddresses(wan, device).filter((address) => address.family === family);
  const states = UNUSABLE.filter((state) => unusable.some(({ flags = [] }) => flags.includes(state)));
  return states.length === 0
    ? `no ${familyName(family)} address`
    : `only ${states.join(' and ')} ${familyName(family)} addresses`;
}

/**
 * The address of another interface that masquerade would send from (inet_select_addr, ipv6_dev_get_saddr): nobody behind a
 * gateway would send answers to it here. Over a link with two ends the other one may well know it (unnumbered).
 */
function foreignSource(
  wan: Wan,
  family: Family,
  device: DeviceFacts,
  gateway: FoundGateway,
): Address | undefined {
  if (wan.nat[family].kind !== 'masquerade') return undefined;
  if (gateway.address === undefined || device.link?.pointToPoint === true) return undefined;
  return hasAddress(wan, family, device) ? undefined : device.borrowed(family);
}

/**
 * Undefined when this machine does not know one yet. `auto` follows what DHCP, RA or PPP left in main: the default route by
 * this interface with the lowest metric.
 */
function knownGateway(wan: Wan, family: Family, device: DeviceFacts): FoundGateway | undefined {
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
  return device.link?.pointToPoint === true && hasAddress(wan, family, device);
}

function hasAddress(wan: Wan, family: Family, device: DeviceFacts): boolean {
  return wanAddresses(wan, device).some((address) => address.family === family);
}

function isOnLink(gateway: string, { addresses }: DeviceFacts): boolean {
  const host = parsePrefix(gateway);
  if (host === undefined) return false;
  if (isLinkLocal(gateway)) return true;
  return addresses.some((address) => address.peer === gateway || prefixContains(address, host));
}
