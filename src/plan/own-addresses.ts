import type { Address } from '../kernel/routing.ts';
import type { Family } from '../net/family.ts';
import { parsePrefix, prefixContains } from '../net/prefix.ts';
import type { Uplink } from './uplinks.ts';

/**
 * WANs that share an interface see all of its addresses. Each keeps those that are its own: what it translates to, else
 * what is in the network of its gateway. An address that no WAN can call its own stays with those that can send replies and have no
 * other.
 */
export function withOwnAddresses(uplinks: readonly Uplink[]): readonly Uplink[] {
  const parted = uplinks.map((uplink) => {
    const siblings = siblingsOf(uplink, uplinks);
    const keeps = (address: Address) => {
      if ([uplink, ...siblings].some((one) => translatesTo(one, address)))
        return translatesTo(uplink, address);
      return (
        isBeside(uplink, address) ||
        !siblings.some((other) => isBeside(other, address) || yieldsTo(uplink, other, address.family))
      );
    };
    return siblings.length === 0 ? uplink : { ...uplink, addresses: uplink.addresses.filter(keeps) };
  });
  return parted.map((uplink) => withOwnMasquerade(uplink, parted));
}

/**
 * IPv4's masquerade takes the address beside the gateway that a packet leaves by, IPv6's any address of the interface
 * (nf_nat_masquerade_ipv6): where WANs share it, their own one is written down.
 */
function withOwnMasquerade(uplink: Uplink, all: readonly Uplink[]): Uplink {
  const { shared, addresses, nat } = uplink;
  if (!shared.includes('ipv6') || nat.ipv6.kind !== 'masquerade') return uplink;
  const others = new Set(siblingsOf(uplink, all).flatMap((other) => other.addresses));
  const own = addresses.filter((address) => address.family === 'ipv6' && !others.has(address));
  const lasting = own.find(({ flags = [] }) => !flags.includes('temporary')) ?? own[0];
  return lasting === undefined
    ? uplink
    : { ...uplink, nat: { ...nat, ipv6: { kind: 'snat', address: lasting.address } } };
}

function siblingsOf(uplink: Uplink, all: readonly Uplink[]): readonly Uplink[] {
  if (uplink.shared.length === 0) return [];
  return all.filter((other) => other !== uplink && other.wan.interface === uplink.wan.interface);
}

/** Who cannot send replies, or has an address of its own already, leaves it to another that can, or has none. */
function yieldsTo(uplink: Uplink, other: Uplink, family: Family): boolean {
  if (!other.gateways.has(family)) return false;
  const hasOwn = (one: Uplink) =>
    one.addresses.some((at) => at.family === family && (translatesTo(one, at) || isBeside(one, at)));
  return !uplink.gateways.has(family) || (hasOwn(uplink) && !hasOwn(other));
}

function translatesTo({ wan }: Uplink, { family, address }: Address): boolean {
  const nat = wan.nat[family];
  return nat.kind === 'snat' && nat.address === address;
}

/** In one network with its gateway. */
function isBeside({ gateways }: Uplink, address: Address): boolean {
  const gateway = parsePrefix(gateways.get(address.family)?.address ?? '');
  return gateway !== undefined && prefixContains(address, gateway);
}
