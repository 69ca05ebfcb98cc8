import type { Family } from '../net/family.ts';
import { addressBits } from '../net/family.ts';
import {
  addressFromNumber,
  addressNumber,
  networkOf,
  type Prefix,
  parsePrefix,
  prefixContains,
  prefixRange,
} from '../net/prefix.ts';

/**
 * Where the lab takes networks from that the site does not name: benchmark networks (RFC 2544, RFC 5180) for ISPs,
 * documentation networks (RFC 5737, RFC 3849) for inside and outside hosts, and private ones when a site uses those.
 */
const POOLS: Readonly<Record<Use, Readonly<Record<Family, readonly string[]>>>> = {
  wan: {
    ipv4: ['198.18.0.0/16', '100.64.0.0/16', '10.118.0.0/16'],
    ipv6: ['2001:2:0:1000::/52', '2001:db8:f100::/52'],
  },
  // As wide as ISPs delegate.
  delegated: { ipv4: [], ipv6: ['2001:db8:e000::/40'] },
  transit: {
    ipv4: ['198.19.0.0/16', '100.65.0.0/16', '10.119.0.0/16'],
    ipv6: ['2001:2:0:2000::/52', '2001:db8:f200::/52'],
  },
  lan: {
    ipv4: ['192.0.2.0/24', '192.168.0.0/16', '10.117.0.0/16'],
    ipv6: ['2001:db8:1::/48', '2001:db8:2::/48', '2001:2:0:3000::/52'],
  },
  internet: {
    ipv4: ['203.0.113.0/24', '198.51.100.0/24', '100.66.0.0/16'],
    ipv6: ['2001:db8:ffff::/48', '2001:db8:fffe::/48', '2001:2:0:4000::/52'],
  },
};

/** Where hosts may have addresses (RFC 4291, RFC 4193). */
const ANYWHERE: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['0.0.0.0/0'],
  ipv6: ['2000::/3', 'fc00::/7'],
};

/** And where not: this network, loopback, link-local, multicast and reserved addresses (RFC 6890). */
const NOBODYS = prefixesOf(['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3']);

/** The addresses of all ISPs begin with these bits: 2000::/3. */
const GLOBAL_LENGTH = 3;

/** The length of networks that people have hosts in. */
export const USUAL_LENGTH: Readonly<Record<Family, number>> = { ipv4: 24, ipv6: 64 };

export type Use = 'wan' | 'delegated' | 'transit' | 'lan' | 'internet';

/** Hands out networks of one use that overlap nothing named so far and no other network handed out. */
export interface NetworkPool {
  take(use: Use, family: Family, length: number): Prefix;
  /** The free network that has most leading bits in common with this IPv6 address. */
  takeNear(address: string, length: number): Prefix;
  /** A host of a network that nobody else gets, outside of these as well; undefined where they leave no room. */
  takeHost(family: Family, outside: readonly Prefix[]): string | undefined;
}

/** Prefixes this short (`0.0.0.0/0`, `2000::/3`) mean everybody: networks inside them may be used. */
const NAMES_NOBODY = 8;

export function networkPool(named: readonly Prefix[]): NetworkPool {
  const taken = named.filter((prefix) => prefix.length >= NAMES_NOBODY);
  return {
    take(use, family, length) {
      const found = firstFree(use, family, length, taken);
      taken.push(found);
      return found;
    },
    takeNear(address, length) {
      const found = nearestFree(address, length, taken) ?? firstFree('delegated', 'ipv6', length, taken);
      taken.push(found);
      return found;
    },
    takeHost(family, outside) {
      for (const space of prefixesOf(ANYWHERE[family])) {
        const address = hostApart(space, [...taken, ...outside]);
        if (address === undefined) continue;
        taken.push({ family, address, length: USUAL_LENGTH[family] });
        return address;
      }
      return undefined;
    },
  };
}

/** From the pools of this use; where the site names all of these, from anywhere; else from the last pool all the same. */
function firstFree(use: Use, family: Family, length: number, taken: readonly Prefix[]): Prefix {
  const pools = prefixesOf(POOLS[use][family]);
  for (const pool of [...pools, ...prefixesOf(ANYWHERE[family])]) {
    const free = firstFreeIn(pool, length, [...taken, ...NOBODYS]);
    if (free !== undefined) return free;
  }
  return { ...(pools.at(-1) as Prefix), length };
}

/** First of networks that have all but their last bit in common with the address, then of those that have less. */
function nearestFree(address: string, length: number, taken: readonly Prefix[]): Prefix | undefined {
  for (let common = length - 1; common >= GLOBAL_LENGTH; common--) {
    const hostBits = BigInt(addressBits('ipv6') - common - 1);
    const other = ((addressNumber(address) >> hostBits) ^ 1n) << hostBits;
    const half = { family: 'ipv6', address: addressFromNumber('ipv6', other), length: common + 1 } as const;
    const free = firstFreeIn(half, length, taken);
    if (free !== undefined) return free;
  }
  return undefined;
}

function prefixesOf(texts: readonly string[]): readonly Prefix[] {
  return texts.map(parsePrefix).filter((prefix) => prefix !== undefined);
}

/** A host of `network` that is in none of the networks `within` it; undefined where they leave no room. */
export function hostApart(network: Prefix, within: readonly Prefix[]): string | undefined {
  const inTheWay = [...within, ...NOBODYS.filter((prefix) => prefix.length > network.length)];
  const full = addressBits(network.family);
  for (let length = Math.max(network.length, USUAL_LENGTH[network.family]); length <= full; length++) {
    const free = firstFreeIn(network, length, inTheWay);
    // The tenth address, or the middle one of a network that has fewer: its first and last are not for hosts.
    if (free !== undefined) return hostOf(free, Math.min(10, Math.floor(2 ** (full - length) / 2)));
  }
  return undefined;
}

function firstFreeIn(pool: Prefix, length: number, taken: readonly Prefix[]): Prefix | undefined {
  const { first, last } = prefixRange(pool);
  const step = 1n << BigInt(addressBits(pool.family) - length);
  for (let at = first; at <= last; at += step) {
    const candidate: Prefix = {
      family: pool.family,
      address: addressFromNumber(pool.family, at),
      length,
    };
    const rival = taken.find((prefix) => overlap(prefix, candidate));
    if (rival === undefined) return candidate;
    // Go on behind what is in the way; a bigger step than this would miss free networks.
    const behind = prefixRange(rival).last + 1n;
    if (behind > at + step) at = ((behind + step - 1n) / step) * step - step;
  }
  return undefined;
}

/** The usual network of a host, or as much smaller as keeps clear of others; `hostBits` stay for hosts in any case. */
export function networkClearOf(others: readonly Prefix[], host: Prefix, hostBits: number): Prefix {
  const smallest = addressBits(host.family) - hostBits;
  for (let length = USUAL_LENGTH[host.family]; length < smallest; length++) {
    const network = networkOf({ ...host, length });
    if (!others.some((other) => overlap(network, other))) return network;
  }
  return networkOf({ ...host, length: smallest });
}

export function overlap(a: Prefix, b: Prefix): boolean {
  return prefixContains(a, b) || prefixContains(b, a);
}

/** The address `offset` behind the beginning of a network; negative offsets count from its end. */
export function hostOf(network: Prefix, offset: number | bigint): string {
  const { first, last } = prefixRange(network);
  const number = offset >= 0 ? first + BigInt(offset) : last + 1n + BigInt(offset);
  return addressFromNumber(network.family, number < first ? first : number > last ? last : number);
}
