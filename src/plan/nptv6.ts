import type { Nat } from '../config/site.ts';
import type { KernelState } from '../kernel/state.ts';
import { networkOf, type Prefix, prefixContains, prefixRange } from '../net/prefix.ts';
import type { PlanWarning } from './plan.ts';
import type { Uplink } from './uplinks.ts';

type Nptv6 = Extract<Nat, { kind: 'nptv6' }>;

/**
 * The prefix the outside sees. `auto` takes a prefix delegated to this machine, else the network of the WAN's own
 * address, where it is as long as the inside one or shorter. Undefined while the machine has none.
 */
export function outsidePrefix(uplink: Uplink, nat: Nptv6, facts: KernelState): Prefix | undefined {
  if (nat.outside !== 'auto') return nat.outside;
  const network = ownNetwork(uplink);
  if (network === undefined) return undefined;
  const found = delegatedPrefix(network, nat, facts) ?? network;
  return found.length <= nat.inside.length ? { ...found, length: nat.inside.length } : undefined;
}

function ownNetwork({ addresses }: Uplink): Prefix | undefined {
  const own = addresses.find((address) => address.family === 'ipv6');
  return own === undefined
    ? undefined
    : networkOf({ family: 'ipv6', address: own.address, length: own.length });
}

/**
 * DHCPv6-PD clients leave a delegated prefix as unreachable in main, without a word about the WAN it came by: of
 * several, the one that has most bits in common with the WAN's own address is its ISP's.
 */
function delegatedPrefix(network: Prefix, nat: Nptv6, facts: KernelState): Prefix | undefined {
  const delegated = facts.routes
    .filter((route) => route.family === 'ipv6' && route.type === 'unreachable')
    .map((route) => route.destination)
    .filter(
      (prefix) =>
        prefix.length > 0 && prefix.length <= nat.inside.length && !prefixContains(prefix, nat.inside),
    );
  return delegated.sort((a, b) => distance(a, network) - distance(b, network))[0];
}

/** Bits from the first one in which two prefixes differ. */
function distance(a: Prefix, b: Prefix): number {
  const difference = prefixRange(a).first ^ prefixRange(b).first;
  return difference === 0n ? 0 : difference.toString(2).length;
}

/** Behind a gateway, the WAN's own network is asked for address by address, by neighbour discovery. */
export function onLinkWarnings(uplinks: readonly Uplink[], facts: KernelState): readonly PlanWarning[] {
  return uplinks.flatMap((uplink) => {
    const { wan, gateways } = uplink;
    const nat = wan.nat.ipv6;
    const network = ownNetwork(uplink);
    if (nat.kind !== 'nptv6' || nat.outside !== 'auto' || network === undefined) return [];
    if (gateways.get('ipv6')?.address === undefined || delegatedPrefix(network, nat, facts) !== undefined)
      return [];
    const message = `WAN ${wan.name}: no delegated prefix is known, so nptv6 uses the network of ${wan.interface} itself; answers come back only if something answers neighbour discovery for it (ndppd)`;
    return [{ message, origin: wan.origin }];
  });
}
