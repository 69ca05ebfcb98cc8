import { OWN_PROTOCOL } from '../kernel/ownership.ts';
import type { NextHop, Route } from '../kernel/routing.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import { everything } from '../net/prefix.ts';
import type { FoundGateway } from './gateways.ts';
import type { Uplink } from './uplinks.ts';

/** The metric the kernel gives an IPv6 route that names none; IPv4 has 0. Written out, so that a listing equals the wish. */
const DEFAULT_METRIC: Readonly<Record<Family, number>> = { ipv4: 0, ipv6: 1024 };

/**
 * Each WAN's table: its default route and nothing else. Connected networks are asked of main by the band's first rule
 * (kernel-facts 5.5), so nothing here can go stale when a network inside changes.
 */
export function planRoutes(uplinks: readonly Uplink[]): readonly Route[] {
  return uplinks.flatMap((uplink) =>
    FAMILIES.flatMap((family) => {
      const gateway = uplink.gateways.get(family);
      return gateway === undefined ? [] : [defaultRoute(uplink, family, gateway)];
    }),
  );
}

function defaultRoute(uplink: Uplink, family: Family, gateway: FoundGateway): Route {
  const hop: NextHop = {
    device: uplink.wan.interface,
    ...(gateway.address === undefined ? {} : { gateway: gateway.address }),
    ...(gateway.onlink ? { onlink: true } : {}),
  };
  return {
    family,
    table: uplink.numbers.table,
    type: 'unicast',
    destination: everything(family),
    metric: DEFAULT_METRIC[family],
    protocol: OWN_PROTOCOL,
    // iproute2 gives a route by a device alone scope link (253), one by a gateway scope global (0); IPv6 has no scope.
    scope: family === 'ipv4' && gateway.address === undefined ? 253 : 0,
    hops: [hop],
    // mss_clamp lowers to it, and the router's own packets are cut to it.
    ...(gateway.mtu === undefined ? {} : { attributes: `mtu ${gateway.mtu}` }),
  };
}
