import type { Route } from '../../kernel/routing.ts';
import type { Family } from '../../net/family.ts';
import { parsePrefix, prefixContains } from '../../net/prefix.ts';

/** Addresses for what no rule asks for. */
export interface HostAddresses {
  readonly internet: string;
  /** Another host outside, for connections that come in. */
  readonly visitor: string;
  /** The nth member of sets that nobody listed: outside as well, and none of the others. */
  readonly member: (at: number) => string;
  /** The nth interface's network inside: hosts of it, and the router's address. */
  readonly client: (lan: number, nth?: number) => string;
  readonly inside: (lan: number) => string;
  /** The router's own address on the nth uplink. */
  readonly own: (wan: number) => string;
}

/**
 * Documentation networks (RFC 5737, RFC 3849), and for a machine that has all of these, benchmark networks (RFC 2544,
 * RFC 5180): the first one, and the last one, which labs that number their links from the first do not reach.
 */
const OUTSIDE: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['203.0.113.', '198.51.100.', '192.0.2.', '198.18.0.', '198.19.255.'],
  ipv6: ['2001:db8:9::', '2001:db8:fff9::', '2001:db8:0:fff9::', '2001:2:0:fff9::'],
};

/** Members of sets have the upper half of the network. */
const FIRST_MEMBER = 100;
const MEMBERS = 150;

const NO_ROUTES: readonly Route[] = [];

/** Asked for with every flow. */
const KNOWN = new WeakMap<readonly Route[], Map<Family, HostAddresses>>();

export function hostAddresses(family: Family, routes: readonly Route[] = NO_ROUTES): HostAddresses {
  const byFamily = KNOWN.get(routes) ?? new Map<Family, HostAddresses>();
  KNOWN.set(routes, byFamily);
  const known = byFamily.get(family);
  if (known !== undefined) return known;
  const found = awayFrom(family, routes);
  byFamily.set(family, found);
  return found;
}

/** Hosts outside are where the shortest prefix leads: a default route, or a half of all addresses that stands for one. */
function awayFrom(family: Family, routes: readonly Route[]): HostAddresses {
  const known = routes.filter((route) => route.family === family);
  const lengths = OUTSIDE[family].map((one) => longestTo(`${one}9`, known));
  const net = OUTSIDE[family][lengths.indexOf(Math.min(...lengths))] ?? '';
  return {
    ...(family === 'ipv4' ? IPV4 : IPV6),
    internet: `${net}9`,
    visitor: `${net}77`,
    member: (at) => `${net}${FIRST_MEMBER + (at % MEMBERS)}`,
  };
}

/** Length of the narrowest destination that has the address; 0 where no more than a default has. */
function longestTo(address: string, routes: readonly Route[]): number {
  const host = parsePrefix(address);
  if (host === undefined) return 0;
  return routes.reduce(
    (longest, { destination }) =>
      destination.length > longest && prefixContains(destination, host) ? destination.length : longest,
    0,
  );
}

const IPV4 = {
  client: (lan: number, nth = 0) => `192.0.2.${16 * (lan % 15) + 10 + nth}`,
  inside: (lan: number) => `192.0.2.${16 * (lan % 15) + 1}`,
  own: (wan: number) => `198.51.100.${(wan % 250) + 2}`,
};

const IPV6 = {
  client: (lan: number, nth = 0) => `2001:db8:1:${lan}::1${nth}`,
  inside: (lan: number) => `2001:db8:1:${lan}::1`,
  own: (wan: number) => `2001:db8:2:${wan}::2`,
};
