import type { Nat } from '../config/site.ts';
import type { KernelState } from '../kernel/state.ts';
import { networkOf, type Prefix, prefixContains } from '../net/prefix.ts';
import type { Uplink } from './uplinks.ts';

/**
 * The prefix the outside sees. `auto` takes the shortest of: a prefix delegated to this machine and routed as
 * unreachable in main (what DHCPv6-PD clients leave) that is as long as the inside one or shorter, else the network of the
 * WAN's own address. Undefined while the machine has none.
 */
export function outsidePrefix(
  uplink: Uplink,
  nat: Extract<Nat, { kind: 'nptv6' }>,
  facts: KernelState,
): Prefix | undefined {
  if (nat.outside !== 'auto') return nat.outside;
  const own = uplink.addresses.find((address) => address.family === 'ipv6');
  if (own === undefined) return undefined;
  const network = networkOf({ family: 'ipv6', address: own.address, length: own.length });
  const delegated = facts.routes.find(
    (route) =>
      route.family === 'ipv6' &&
      route.type === 'unreachable' &&
      route.destination.length > 0 &&
      route.destination.length <= nat.inside.length &&
      !prefixContains(route.destination, nat.inside),
  );
  const found = delegated?.destination ?? (network.length <= nat.inside.length ? network : undefined);
  return found === undefined ? undefined : { ...found, length: nat.inside.length };
}
