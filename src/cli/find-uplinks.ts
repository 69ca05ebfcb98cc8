import type { WanCandidate } from '../config/template.ts';
import { devicesOf, type Link, MAIN_TABLE, type Route } from '../kernel/routing.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import { isLinkLocal } from '../net/link-local.ts';
import type { Carried } from './find-carriers.ts';

/** RTPROT_STATIC: a gateway written down by hand. DHCP clients, router advertisements and PPP leave other numbers. */
const STATIC_PROTOCOL = 4;

/** Names mobile modems get from the kernel and from udev; their traffic is usually paid by volume. */
const MODEM_NAME = /^(?:wwan|wwp|wwx|cdc-wdm)/;

/** Networks of containers and virtual machines on this host, which are nobody's LAN until somebody says so. */
const VIRTUAL_NAME =
  /^(?:docker|virbr|veth|cni|flannel|cali|lxc|lxdbr|incusbr|podman|vboxnet|vmnet|br-[0-9a-f]{12}$)/;

/** Kinds of devices people sit behind; physical ones have no kind. */
const LAN_KINDS: readonly (string | undefined)[] = [undefined, 'bridge', 'bond', 'vlan', 'team', 'macvlan'];

export interface Uplinks {
  readonly wans: readonly WanCandidate[];
  readonly lan: readonly string[];
}

/**
 * A device with a default route leads out, and so does what carries it and has no network itself; the other ones that
 * people can sit behind are inside.
 */
export function findUplinks(
  links: readonly Link[],
  routes: readonly Route[],
  carried: readonly Carried[] = [],
): Uplinks {
  const defaults = routes.filter(
    ({ type, table, destination }) => type === 'unicast' && table === MAIN_TABLE && destination.length === 0,
  );
  const outside = new Set(defaults.flatMap(devicesOf));
  const wans = links.filter(({ name }) => outside.has(name)).map((link) => candidate(link, defaults));
  const below = carriersOf(outside, carried).filter((name) => !hasNetwork(name, routes));
  const lan = links
    .filter(({ name }) => !outside.has(name) && !below.includes(name))
    .filter((link) => isInside(link, routes))
    .map(({ name }) => name);
  return { wans, lan };
}

/** All that is below these devices, however deep: PPP may run over a VLAN. */
function carriersOf(devices: ReadonlySet<string>, carried: readonly Carried[]): readonly string[] {
  const found = new Set(devices);
  // What is added is visited in its turn.
  for (const device of found)
    for (const { over } of carried.filter((each) => each.device === device)) found.add(over);
  return [...found];
}

function candidate(link: Link, defaults: readonly Route[]): WanCandidate {
  const own = defaults.filter(({ hops }) => hops.some(({ device }) => device === link.name));
  const gatewayOf = (family: Family) =>
    own
      .filter((route) => route.family === family)
      .flatMap(({ hops }) => hops)
      .find(({ device, gateway }) => device === link.name && gateway !== undefined)?.gateway;
  const gateways = Object.fromEntries(
    FAMILIES.flatMap((family) => {
      const gateway = gatewayOf(family);
      return gateway === undefined ? [] : [[family, gateway] as const];
    }),
  );
  // An IPv4 route by an IPv6 gateway (RFC 5549) can only be followed: a profile names gateways of their own family.
  const isNameable = own.every(({ family, hops }) =>
    hops.every(({ gateway = '' }) => family === 'ipv6' || !gateway.includes(':')),
  );
  const isStatic = isNameable && own.length > 0 && own.every(({ protocol }) => protocol === STATIC_PROTOCOL);
  return {
    interface: link.name,
    families: FAMILIES.filter((family) => own.some((route) => route.family === family)),
    gateways,
    kind: Object.keys(gateways).length === 0 ? 'point-to-point' : isStatic ? 'static' : 'dynamic',
    metered: MODEM_NAME.test(link.name),
  };
}

function isInside(link: Link, routes: readonly Route[]): boolean {
  const { name, kind, master, pointToPoint } = link;
  // A container or namespace that routes has veths for cables: inside where they have a network.
  const isCable = kind === 'veth' && hasNetwork(name, routes);
  return (
    name !== 'lo' &&
    !pointToPoint &&
    master === undefined &&
    !VIRTUAL_NAME.test(name) &&
    !MODEM_NAME.test(name) &&
    (isCable || LAN_KINDS.includes(kind))
  );
}

function hasNetwork(device: string, routes: readonly Route[]): boolean {
  return routes.some((route) => isConnected(route, device));
}

function isConnected({ type, table, destination, hops }: Route, name: string): boolean {
  return (
    type === 'unicast' &&
    table === MAIN_TABLE &&
    destination.length > 0 &&
    // Every device that is up has these.
    !isLinkLocal(destination.address) &&
    !destination.address.startsWith('ff00:') &&
    hops.some(({ device, gateway }) => device === name && gateway === undefined)
  );
}
