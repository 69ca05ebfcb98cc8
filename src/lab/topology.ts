import { FAMILIES, type Family } from '../net/family.ts';
import { type Prefix, parsePrefix, prefixContains } from '../net/prefix.ts';

/** What the lab is to build around one router. Plain data: made from a site by `layOut`, or by hand. */
export interface Topology {
  readonly wans: readonly TopologyWan[];
  readonly lans: readonly TopologyLan[];
  /** Addresses that the router has beside those of its links. */
  readonly own?: readonly string[];
  /** The address from which the internet calls; it answers at every address that is nobody else's. */
  readonly internet: Readonly<Record<Family, string>>;
  /** What DHCPv6 has delegated to the router; every ISP sends it there. */
  readonly delegated: readonly Prefix[];
  /** Networks between the ISPs and the internet are cut from these; nothing else may use them. */
  readonly transit: Readonly<Record<Family, Prefix>>;
}

export interface TopologyWan {
  readonly name: string;
  /** The router's interface. WANs that share one reach their ISPs through a switch. */
  readonly interface: string;
  readonly links: readonly WanLink[];
}

/** One family of a WAN: the router's address, its ISP, and what the ISP sends to it. */
export interface WanLink {
  readonly family: Family;
  /** Router's address and the length of its network. */
  readonly address: string;
  readonly length: number;
  /** The ISP's address as next hop; absent: point-to-point, the device alone. */
  readonly gateway?: string;
  /** Prefixes beside the router's address that the ISP routes to the router. */
  readonly routed: readonly Prefix[];
  /** Addresses beside the first that the router itself has. */
  readonly more: readonly string[];
  /** Metric of the default route a DHCP client (RA, pppd) leaves in main; absent: none is left. */
  readonly metric?: number;
}

export interface TopologyLan {
  readonly interface: string;
  readonly networks: readonly LanNetwork[];
}

export interface LanNetwork {
  readonly family: Family;
  /** Router's address and the length of the network. */
  readonly router: string;
  readonly length: number;
  /** Addresses of the one client machine of this LAN. */
  readonly clients: readonly string[];
}

/** Families that some WAN of the topology has. */
export function topologyFamilies(topology: Topology): readonly Family[] {
  const families = new Set(topology.wans.flatMap((wan) => wan.links.map((link) => link.family)));
  return FAMILIES.filter((family) => families.has(family));
}

/**
 * The other WAN that has the address with which something leaves by this one. What is in this one's network is right here too:
 * several WANs of an interface may share one.
 */
export function otherOwner({ wans }: Topology, name: string, address: string): string | undefined {
  const host = parsePrefix(address);
  const has = (link: WanLink): boolean => link.address === address || link.more.includes(address);
  const isNear = (link: WanLink): boolean => host !== undefined && prefixContains(link, host);
  const own = wans.find((wan) => wan.name === name)?.links ?? [];
  if (own.some((link) => has(link) || isNear(link))) return undefined;
  return wans.find(({ links }) => links.some(has))?.name;
}

/** The router's address on a WAN. */
export function wanAddress(topology: Topology, wan: string, family: Family): string | undefined {
  return topology.wans
    .find((candidate) => candidate.name === wan)
    ?.links.find((link) => link.family === family)?.address;
}
