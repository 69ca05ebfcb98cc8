import type { Address, Link, PolicyRule, Route } from '../../kernel/routing.ts';
import { DEFAULT_TABLE, LOCAL_TABLE, MAIN_TABLE } from '../../kernel/routing.ts';
import { EMPTY_STATE, type KernelState } from '../../kernel/state.ts';
import { sysctlKey } from '../../kernel/sysctl-key.ts';
import type { Topology, WanLink } from '../../lab/topology.ts';
import { addressBits, FAMILIES, type Family, familyOfAddress } from '../../net/family.ts';
import { everything, networkOf, type Prefix } from '../../net/prefix.ts';

/** Scopes of `ip -N`. */
const LINK_SCOPE = 253;
const HOST_SCOPE = 254;

/** RTPROT_KERNEL and RTPROT_DHCP. */
const KERNEL = 2;
const DHCP = 16;

/**
 * A router as the site's rehearsal would build it: every interface up, an address and a gateway on every WAN, a network on
 * every inside interface, and what the kernel itself makes of that.
 */
export function assumedFacts(topology: Topology): KernelState {
  const devices = [
    ...new Set([
      'lo',
      ...topology.wans.map((wan) => wan.interface),
      ...topology.lans.map((lan) => lan.interface),
    ]),
  ];
  const addresses = assumedAddresses(topology);
  const defaults = topology.wans.flatMap((wan) =>
    wan.links.flatMap((link) => (link.metric === undefined ? [] : [defaultRoute(wan.interface, link)])),
  );
  return {
    ...EMPTY_STATE,
    links: devices.map((name, at): Link => {
      return { index: at + 1, name, up: true, carrier: true, mtu: 1500, pointToPoint: false };
    }),
    addresses,
    routes: [...addresses.flatMap(connectedRoutes), ...defaults, ...topology.delegated.map(delegatedRoute)],
    policyRules: FAMILIES.flatMap(kernelRules),
    // As a kernel starts; distributions set it or not.
    sysctls: ['all', ...devices].map((device) => ({
      key: sysctlKey('ipv4', device, 'rp_filter'),
      value: '0',
    })),
  };
}

/** As DHCPv6 clients leave it: what of it is in no network inside goes nowhere. */
function delegatedRoute(destination: Prefix): Route {
  return {
    family: 'ipv6',
    table: MAIN_TABLE,
    type: 'unreachable',
    destination,
    metric: 1024,
    protocol: DHCP,
    hops: [],
  };
}

function assumedAddresses({ wans, lans, own = [] }: Topology): readonly Address[] {
  const outside = wans.flatMap((wan) =>
    wan.links.flatMap(({ family, address, length, more }): Address[] =>
      [address, ...more].map((one) => ({ device: wan.interface, family, address: one, length, scope: 0 })),
    ),
  );
  const inside = lans.flatMap((lan) =>
    lan.networks.map(({ family, router, length }): Address => {
      return { device: lan.interface, family, address: router, length, scope: 0 };
    }),
  );
  return [
    { device: 'lo', family: 'ipv4', address: '127.0.0.1', length: 8, scope: HOST_SCOPE },
    { device: 'lo', family: 'ipv6', address: '::1', length: 128, scope: HOST_SCOPE },
    ...own.map((address): Address => {
      const family = familyOfAddress(address);
      return { device: 'lo', family, address, length: addressBits(family), scope: 0 };
    }),
    ...asListed([...outside, ...inside]),
  ];
}

/** Of a device's IPv6 addresses the kernel puts a new one before the others (ipv6_link_dev_addr). */
function asListed(added: readonly Address[]): readonly Address[] {
  const devices = [...new Set(added.map(({ device }) => device))];
  return devices.flatMap((name) => {
    const of = (family: Family) =>
      added.filter(({ device, family: own }) => device === name && own === family);
    return [...of('ipv4'), ...of('ipv6').reverse()];
  });
}

/** The address in the local table, and its network in main. */
function connectedRoutes({ device, family, address, length }: Address): readonly Route[] {
  const host = addressBits(family);
  const base = { family, metric: 0, protocol: KERNEL } as const;
  const destination: Prefix = { family, address, length: host };
  const local: Route = {
    ...base,
    table: LOCAL_TABLE,
    type: 'local',
    destination,
    scope: HOST_SCOPE,
    source: address,
    hops: [{ device }],
  };
  if (device === 'lo' && family === 'ipv4')
    return [local, { ...local, destination: { family, address: '127.0.0.0', length } }];
  if (length === host) return [local];
  const network = networkOf({ family, address, length });
  const connected: Route = {
    ...base,
    table: MAIN_TABLE,
    type: 'unicast',
    destination: network,
    scope: LINK_SCOPE,
    ...(family === 'ipv4' ? { source: address } : {}),
    hops: [{ device }],
  };
  return [local, connected];
}

function defaultRoute(device: string, { family, gateway, metric }: WanLink): Route {
  return {
    family,
    table: MAIN_TABLE,
    type: 'unicast',
    destination: everything(family),
    metric: metric ?? 0,
    protocol: DHCP,
    hops: [gateway === undefined ? { device } : { gateway, device }],
  };
}

function kernelRules(family: Family): readonly PolicyRule[] {
  const lookup = (priority: number, table: number): PolicyRule => {
    return { family, priority, selector: {}, action: { kind: 'lookup', table }, protocol: KERNEL };
  };
  const rules = [lookup(0, LOCAL_TABLE), lookup(32_766, MAIN_TABLE)];
  return family === 'ipv4' ? [...rules, lookup(32_767, DEFAULT_TABLE)] : rules;
}
