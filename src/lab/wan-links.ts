import type { Site, Wan } from '../config/site.ts';
import { addressBits, type Family } from '../net/family.ts';
import { isLinkLocal } from '../net/link-local.ts';
import { type Prefix, parsePrefix, prefixContains } from '../net/prefix.ts';
import type { Delegation } from './delegations.ts';
import { hostOf, type NetworkPool, networkClearOf, USUAL_LENGTH } from './network-pool.ts';
import type { TopologyWan, WanLink } from './topology.ts';

/** The gateway address that routers announce: link-local, as in a router advertisement. */
const ISP_LINK_LOCAL = 'fe80::1';
/** What NetworkManager and dhcpcd give a wired default route; each WAN after the first is a step behind. */
const FIRST_METRIC = 100;

/** What all WANs are laid out with. */
interface Ground {
  readonly site: Site;
  readonly pool: NetworkPool;
  readonly delegated: ReadonlyMap<string, Delegation>;
  /** Addresses that the router is to have. */
  readonly own: readonly string[];
  /** Where connections go: that is behind the ISPs. */
  readonly beyond: readonly Prefix[];
  /** Addresses that a WAN before has. */
  readonly used: string[];
}

/**
 * Every WAN as its ISP would provide it: addresses around the gateways the profiles name, or from the pool. `destinations`
 * are hosts that must be behind the ISPs, `own` addresses that the router must have.
 */
export function wanLinks(
  site: Site,
  pool: NetworkPool,
  { destinations, own }: { readonly destinations: readonly string[]; readonly own: readonly string[] },
  delegated: ReadonlyMap<string, Delegation>,
): readonly TopologyWan[] {
  const beyond = [
    ...site.steering.flatMap(({ match }) => match.destination?.values ?? []),
    ...destinations.map(hostPrefix),
  ];
  const ground: Ground = { site, pool, delegated, own, beyond, used: [] };
  return site.wans.map((wan, index) => ({
    name: wan.name,
    interface: wan.interface,
    links: wan.families.map((family) => ({
      ...wanLink(ground, wan, family),
      metric: FIRST_METRIC + index,
    })),
  }));
}

function wanLink(ground: Ground, wan: Wan, family: Family): WanLink {
  const gateway = wan.gateway[family];
  const routed = routedPrefixes(wan, family);
  const fixed = fixedAddress(wan, family);
  const full = addressBits(family);
  if (gateway.kind === 'none' || (gateway.kind === 'auto' && isTunnelName(wan.interface))) {
    const address = fixed ?? hostOf(ownNetwork(ground, wan, family), 2);
    return { family, address, length: full, routed, more: [] };
  }
  if (gateway.kind === 'address' && !isLinkLocal(gateway.address))
    return staticLink(ground, wan, family, gateway.address);
  const network =
    fixed === undefined ? ownNetwork(ground, wan, family) : networkAround(ground, wan, family, fixed);
  const address = fixed ?? hostOf(network, 2);
  const link = { family, address, length: network.length, more: [] };
  if (family === 'ipv6') {
    const announced = gateway.kind === 'address' ? gateway.address : ISP_LINK_LOCAL;
    return { ...link, gateway: announced, routed: [network, ...routed] };
  }
  const first = hostOf(network, 1);
  return { ...link, gateway: first === address ? hostOf(network, -2) : first, routed };
}

/** The network of a link that the site gives no address. */
function ownNetwork({ pool, delegated }: Ground, wan: Wan, family: Family): Prefix {
  const link = family === 'ipv6' ? delegated.get(wan.name)?.link : undefined;
  return link ?? pool.take('wan', family, USUAL_LENGTH[family]);
}

function staticLink(ground: Ground, wan: Wan, family: Family, gateway: string): WanLink {
  const { used } = ground;
  const network = networkAround(ground, wan, family, gateway);
  const fixed = fixedAddress(wan, family);
  const inside = fixed !== undefined && contains(network, fixed);
  const free = [2, 3, 4, 5, 6, 1, -2, -3]
    .map((offset) => hostOf(network, offset))
    .find((address) => address !== gateway && !used.includes(address));
  const address = inside ? fixed : (free ?? hostOf(network, 2));
  const own = ground.own.filter((one) => contains(network, one) && one !== address && one !== gateway);
  used.push(address, gateway, ...own);
  const routed = routedPrefixes(wan, family);
  return {
    family,
    address,
    length: network.length,
    gateway,
    routed: fixed === undefined || inside ? routed : [...routed, hostPrefix(fixed)],
    more: fixed === undefined || inside ? own : [fixed, ...own],
  };
}

/** A network around an address, small enough to keep clear of other interfaces' gateways and of where connections go. */
function networkAround({ site, beyond }: Ground, wan: Wan, family: Family, known: string): Prefix {
  const others = site.wans
    .filter((other) => other.interface !== wan.interface)
    .flatMap((other) => ('address' in other.gateway[family] ? [other.gateway[family].address] : []))
    .filter((address) => address !== known)
    .map(hostPrefix);
  const clear = [...others, ...beyond.filter((prefix) => !contains(prefix, known))];
  // Room for the ISP and the router.
  return networkClearOf(clear, hostPrefix(known), 2);
}

/** The address that the profile says the WAN has. */
function fixedAddress(wan: Wan, family: Family): string | undefined {
  const nat = wan.nat[family];
  return nat.kind === 'snat' ? nat.address : undefined;
}

function routedPrefixes(wan: Wan, family: Family): readonly Prefix[] {
  const nat = wan.nat[family];
  return nat.kind === 'nptv6' && nat.outside !== 'auto' ? [nat.outside] : [];
}

/** PPP and tunnels have no gateway for DHCP to tell: the default route names the device alone. */
function isTunnelName(name: string): boolean {
  return /^(?:ppp|wg|tun|tap|wwan|sit|gre|ipip)/.test(name);
}

function hostPrefix(address: string): Prefix {
  const prefix = parsePrefix(address);
  if (prefix === undefined) throw new RangeError(`not an address: ${address}`);
  return prefix;
}

function contains(network: Prefix, address: string): boolean {
  return prefixContains(network, hostPrefix(address));
}
