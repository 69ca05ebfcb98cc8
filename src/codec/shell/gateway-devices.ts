import { MAIN_TABLE, type NextHop, type Route } from '../../kernel/routing.ts';
import { parsePrefix, prefixContains } from '../../net/prefix.ts';

/**
 * Routes as they are listed once they were added: where only the gateway is named, with the device of the longest route
 * without a gateway that it is reached by, of the same table where it has one, else of main (fib_check_nh_v4_gw,
 * ip6_route_check_nh). A script rarely makes main's own, which come with the addresses: then another table's says it.
 */
export function withGatewayDevices(routes: readonly Route[]): readonly Route[] {
  const links = routes
    .filter(({ type, hops: [hop] }) => type === 'unicast' && hop?.device !== undefined && !isBehind(hop))
    .sort((a, b) => b.destination.length - a.destination.length);
  return routes.map((route) =>
    route.hops.some(isOpen)
      ? { ...route, hops: route.hops.map((hop) => withDevice(hop, route.table, links)) }
      : route,
  );
}

function isBehind({ gateway }: NextHop): boolean {
  return gateway !== undefined;
}

function isOpen(hop: NextHop): boolean {
  return isBehind(hop) && hop.device === undefined;
}

function withDevice(hop: NextHop, table: number, links: readonly Route[]): NextHop {
  const gateway = isOpen(hop) ? parsePrefix(hop.gateway ?? '') : undefined;
  if (gateway === undefined) return hop;
  const reach = links.filter(({ destination }) => prefixContains(destination, gateway));
  const link =
    reach.find((one) => one.table === table) ??
    reach.find((one) => one.table === MAIN_TABLE) ??
    reach.find(({ destination }) => destination.length > 0);
  const device = link?.hops[0]?.device;
  return device === undefined ? hop : { ...hop, device };
}
