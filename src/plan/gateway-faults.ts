import { LOCAL_TABLE, MAIN_TABLE, type Route } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { addressBits } from '../net/family.ts';
import { isLinkLocal } from '../net/link-local.ts';
import { formatPrefix, networkOf, type Prefix, parsePrefix, prefixContains } from '../net/prefix.ts';

/** What goes on after the gateway's address in a sentence; undefined where the kernel takes it. */
export type GatewayFault = (gateway: string, device: string, onlink: boolean) => string | undefined;

/**
 * Why this machine's kernel takes an address for no gateway by a device, or takes it and nothing comes of it: an address of
 * its own, a broadcast address (fib_check_nh, fib6_nh_init), and with `onlink` an IPv6 address that lies in another device's
 * network (ip6_route_check_nh_onlink).
 */
export function gatewayFaults({ routes }: KernelState): GatewayFault {
  const own = routes.filter(({ table, destination }) => table === LOCAL_TABLE && isHost(destination));
  const networks = routes.filter(isIpv6Network);
  return (gateway, device, onlink) => {
    const host = parsePrefix(gateway);
    if (host === undefined) return undefined;
    const found = own.find((route) => route.destination.address === host.address && isMetBy(route, device));
    if (found !== undefined) return sayOwn(found);
    const network = onlink ? closest(networks, host) : undefined;
    const other = network?.hops.find((hop) => hop.device !== device)?.device;
    return network === undefined || other === undefined
      ? undefined
      : `lies in ${formatPrefix(networkOf(network.destination))}, which is by ${other}`;
  };
}

function isHost({ family, length }: Prefix): boolean {
  return length === addressBits(family);
}

/** Every device has a link-local address of its own, and may meet the same one elsewhere. */
function isMetBy({ destination, hops }: Route, device: string): boolean {
  return !isLinkLocal(destination.address) || hops.some((hop) => hop.device === device);
}

function sayOwn({ type, family, hops }: Route): string | undefined {
  const device = hops[0]?.device ?? 'lo';
  if (type === 'local') return `is an address of this router itself, by ${device}`;
  return type === 'broadcast' && family === 'ipv4' ? `is the broadcast address by ${device}` : undefined;
}

function isIpv6Network({ family, table, type, destination }: Route): boolean {
  return family === 'ipv6' && table === MAIN_TABLE && type === 'unicast' && destination.length > 0;
}

function closest(networks: readonly Route[], host: Prefix): Route | undefined {
  return networks
    .filter(({ destination }) => prefixContains(destination, host))
    .sort((a, b) => b.destination.length - a.destination.length || a.metric - b.metric)[0];
}
