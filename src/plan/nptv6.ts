import type { Nat } from '../config/site.ts';
import { networkOf, type Prefix, prefixContains } from '../net/prefix.ts';
import { isGlobal } from './delegated-prefixes.ts';
import type { PlanWarning } from './plan.ts';
import type { Uplink } from './uplinks.ts';

type Nptv6 = Extract<Nat, { kind: 'nptv6' }>;

/**
 * The prefix the outside sees. `auto` takes the prefix delegated to the WAN, else the network of its own address, where it
 * is as long as the inside one or shorter. Undefined while the machine has none.
 */
export function outsidePrefix(uplink: Uplink, nat: Nptv6): Prefix | undefined {
  if (nat.outside !== 'auto') return nat.outside;
  const network = ownNetwork(uplink);
  if (network === undefined) return undefined;
  const found = delegatedPrefix(uplink, nat) ?? network;
  return found.length <= nat.inside.length ? { ...found, length: nat.inside.length } : undefined;
}

function ownNetwork({ addresses }: Uplink): Prefix | undefined {
  const ipv6 = addresses.filter((address) => address.family === 'ipv6');
  const own = ipv6.find(isGlobal) ?? ipv6[0];
  return own === undefined
    ? undefined
    : networkOf({ family: 'ipv6', address: own.address, length: own.length });
}

function delegatedPrefix({ delegated }: Uplink, nat: Nptv6): Prefix | undefined {
  return delegated.find(
    (prefix) => prefix.length <= nat.inside.length && !prefixContains(prefix, nat.inside),
  );
}

/** Behind a gateway, the WAN's own network is asked for address by address, by neighbour discovery. */
export function onLinkWarnings(uplinks: readonly Uplink[]): readonly PlanWarning[] {
  return uplinks.flatMap((uplink) => {
    const { wan, gateways } = uplink;
    const nat = wan.nat.ipv6;
    if (nat.kind !== 'nptv6' || nat.outside !== 'auto' || ownNetwork(uplink) === undefined) return [];
    if (gateways.get('ipv6')?.address === undefined || delegatedPrefix(uplink, nat) !== undefined) return [];
    const message = `WAN ${wan.name}: no prefix that its ISP delegated is known, so nptv6 uses the network of ${wan.interface} itself; answers come back only if something answers neighbour discovery for it (ndppd)`;
    return [{ message, origin: wan.origin }];
  });
}
