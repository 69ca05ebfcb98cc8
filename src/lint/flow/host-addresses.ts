import { EMPTY_STATE, type KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { type Prefix, parsePrefix, prefixContains } from '../../net/prefix.ts';

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

/** Of another network than those outside; what is known of the machine may be numbered from the first as well. */
const INSIDE: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['192.0.2.', '198.51.100.', '203.0.113.', '198.18.5.', '198.19.254.'],
  ipv6: ['2001:db8:1:', '2001:db8:fff1:', '2001:2:0:'],
};

/** Members of sets have the upper half of the network. */
const FIRST_MEMBER = 100;
const MEMBERS = 150;

type Routing = Pick<KernelState, 'routes' | 'policyRules'>;

/** Asked for with every flow. */
const KNOWN = new WeakMap<Routing, Map<Family, HostAddresses>>();

/** Addresses that a machine with these routes and policy rules has nothing to do with, as far as there are any. */
export function hostAddresses(family: Family, routing: Routing = EMPTY_STATE): HostAddresses {
  const byFamily = KNOWN.get(routing) ?? new Map<Family, HostAddresses>();
  KNOWN.set(routing, byFamily);
  const known = byFamily.get(family);
  if (known !== undefined) return known;
  const found = awayFrom(family, routing);
  byFamily.set(family, found);
  return found;
}

/** Hosts outside are where the shortest prefix leads: a default route, or a half of all addresses that stands for one. */
function awayFrom(family: Family, { routes, policyRules }: Routing): HostAddresses {
  const known = [
    ...routes.map(({ destination }) => destination),
    ...policyRules.flatMap(({ selector: { from, to } }) => [from ?? [], to ?? []].flat()),
  ].filter((one) => one.family === family);
  const isIpv4 = family === 'ipv4';
  const net = leastKnown(OUTSIDE[family], isIpv4 ? '0/24' : '/64', known);
  const networks = INSIDE[family].filter((one) => one !== net);
  const inside = leastKnown(networks, isIpv4 ? '0/24' : ':/48', known);
  return {
    ...(isIpv4 ? behindIpv4(inside) : behindIpv6(inside)),
    own: OWN[family],
    internet: `${net}9`,
    visitor: `${net}77`,
    member: (at) => `${net}${FIRST_MEMBER + (at % MEMBERS)}`,
  };
}

/** Of several networks, each the beginning of a prefix, the first one that the least narrow of the known have to do with. */
function leastKnown(networks: readonly string[], rest: string, known: readonly Prefix[]): string {
  const lengths = networks.map((one) => longestAbout(parsePrefix(`${one}${rest}`), known));
  return networks[lengths.indexOf(Math.min(...lengths))] ?? '';
}

/** Length of the narrowest prefix around the network or in it; 0 where no more than a default has it. */
function longestAbout(network: Prefix | undefined, known: readonly Prefix[]): number {
  if (network === undefined) return 0;
  return known.reduce(
    (longest, one) =>
      one.length > longest && (prefixContains(one, network) || prefixContains(network, one))
        ? one.length
        : longest,
    0,
  );
}

type Behind = Pick<HostAddresses, 'client' | 'inside'>;

function behindIpv4(network: string): Behind {
  const host = (lan: number, nth: number) => `${network}${16 * (lan % 15) + nth}`;
  return { client: (lan, nth = 0) => host(lan, 10 + nth), inside: (lan) => host(lan, 1) };
}

function behindIpv6(network: string): Behind {
  return {
    client: (lan, nth = 0) => `${network}${lan}::1${nth}`,
    inside: (lan) => `${network}${lan}::1`,
  };
}

const OWN: Readonly<Record<Family, HostAddresses['own']>> = {
  ipv4: (wan) => `198.51.100.${(wan % 250) + 2}`,
  ipv6: (wan) => `2001:db8:2:${wan}::2`,
};
