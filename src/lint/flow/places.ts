import { type Address, LOCAL_TABLE } from '../../kernel/routing.ts';
import { addressBits } from '../../net/family.ts';
import { networkOf, type Prefix, parsePrefix, prefixContains } from '../../net/prefix.ts';
import { networkStretch } from '../../trace/operand.ts';
import { addressPoint, formatPoint } from '../../trace/term.ts';
import { type HostAddresses, hostAddresses } from './host-addresses.ts';
import { LINK_SCOPE } from './with-addresses.ts';
import type { World } from './world.ts';

/** Addresses that fit the world's routes, where those are given. */
export function hostsOf({ family, state, routed }: World): HostAddresses {
  return hostAddresses(family, routed ? state : undefined);
}

/** Every flow is asked for the same few places. */
function remembered<T>(find: (world: World, name: string) => T): (world: World, name: string) => T {
  const known = new WeakMap<World, Map<string, { readonly found: T }>>();
  return (world, name) => {
    const ofWorld = known.get(world) ?? new Map<string, { readonly found: T }>();
    known.set(world, ofWorld);
    const before = ofWorld.get(name);
    if (before !== undefined) return before.found;
    const found = find(world, name);
    ofWorld.set(name, { found });
    return found;
  };
}

/** Addresses of hosts behind an interface inside, likeliest first. */
export const clientsBehind = remembered((world, device): readonly string[] => {
  const at = Math.max(0, world.lans.indexOf(device));
  const made = [0, 1].map((nth) => hostsOf(world).client(at, nth));
  if (!world.routed) return made;
  const networks = [
    ...world.state.routes
      .filter(({ family, type, table, destination, hops }) => {
        const here = hops.some((hop) => hop.device === device);
        return (
          family === world.family &&
          type === 'unicast' &&
          table !== LOCAL_TABLE &&
          destination.length > 0 &&
          here
        );
      })
      .map(({ destination }) => destination),
    ...world.state.addresses
      .filter((one) => one.family === world.family && one.device === device && hasHosts(one))
      .flatMap(({ address, length }) => parsePrefix(`${address}/${length}`) ?? []),
  ];
  const hosts = HOSTS.flatMap((nth) => networks.flatMap((network) => hostOf(network, nth) ?? []));
  return hosts.length > 0 ? [...new Set(hosts)] : made;
});

/** An address alone is the router's own. */
function hasHosts({ family, length }: Address): boolean {
  return length < addressBits(family);
}

/** Two hosts of a network: what a rule before takes of one may be another's. */
const HOSTS = [10, 20];

/** The nth address of a network, or its last one where it is smaller. */
function hostOf(prefix: Prefix, nth: number): string | undefined {
  const { address, length, family } = networkOf(prefix);
  const point = addressPoint(address, family);
  if (point === undefined) return undefined;
  const [first, last] = networkStretch(point, length);
  if (typeof first === 'number' && typeof last === 'number')
    return formatPoint(first === last ? first : Math.min(first + nth, last - 1), family);
  const host = `${String(first).slice(0, 30)}${nth}`;
  return formatPoint(host > String(first) && host < String(last) ? host : last, family);
}

/** The router's own addresses on an interface, as far as others than its neighbours know them. */
export const ownAddressesOf = remembered(({ state, family, routed, wans }, device): readonly string[] => {
  const own = state.addresses.filter(
    (one) => one.family === family && one.device === device && one.scope < LINK_SCOPE,
  );
  const sources = state.routes.filter(
    ({ source, hops, family: of }) =>
      of === family && source !== undefined && hops.some((hop) => hop.device === device),
  );
  const known = [...own.map(({ address }) => address), ...sources.flatMap(({ source }) => source ?? [])];
  return known.length > 0 || routed ? known : [hostAddresses(family).own(Math.max(0, wans.indexOf(device)))];
});

/** The interface inside whose network an address is of; undefined where routes are not given, or say otherwise. */
export const homeOf = remembered((world, address): string | undefined => {
  const host = parsePrefix(address);
  if (!world.routed || host === undefined) return undefined;
  const found = world.state.routes
    .filter(({ family, type, table, destination }) => {
      const isNetwork = family === world.family && type === 'unicast' && table !== LOCAL_TABLE;
      return isNetwork && destination.length > 0 && prefixContains(destination, host);
    })
    .sort((a, b) => b.destination.length - a.destination.length)[0];
  const device = found?.hops[0]?.device;
  return device !== undefined && !world.wans.includes(device) ? device : undefined;
});
