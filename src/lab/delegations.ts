import type { Wan } from '../config/site.ts';
import { isLinkLocal } from '../net/link-local.ts';
import { addressFromNumber, networkOf, type Prefix, prefixRange } from '../net/prefix.ts';
import type { NetworkPool } from './network-pool.ts';

/** What DHCPv6 gives to a WAN that follows its prefix. */
export interface Delegation {
  readonly prefix: Prefix;
  /** A network of the same block, for a link that the site gives no address. */
  readonly link?: Prefix;
}

const LINK_LENGTH = 64;

/**
 * By WAN. polywan takes a prefix for one of the WAN whose address has most bits in common with it, as ISPs delegate from the
 * blocks that their own addresses are in: so each prefix is chosen close to the address of its WAN.
 */
export function delegations(wans: readonly Wan[], pool: NetworkPool): ReadonlyMap<string, Delegation> {
  const found = new Map<string, Delegation>();
  for (const { name, nat, gateway } of wans) {
    if (nat.ipv6.kind !== 'nptv6' || nat.ipv6.outside !== 'auto') continue;
    const { length } = nat.ipv6.inside;
    const isFixed = gateway.ipv6.kind === 'address' && !isLinkLocal(gateway.ipv6.address);
    found.set(
      name,
      isFixed ? { prefix: pool.takeNear(gateway.ipv6.address, length) } : fromBlock(pool, length),
    );
  }
  return found;
}

/** The link is at the beginning of a block and the prefix at its end; no other WAN's address is in that block. */
function fromBlock(pool: NetworkPool, length: number): Delegation {
  const block = pool.take('delegated', 'ipv6', Math.min(length, LINK_LENGTH) - 1);
  const { family } = block;
  const { first, last } = prefixRange(block);
  return {
    prefix: networkOf({ family, address: addressFromNumber(family, last), length }),
    link: { family, address: addressFromNumber(family, first), length: LINK_LENGTH },
  };
}
