import type { Topology, TopologyWan } from '../../../src/lab/topology.ts';
import type { Prefix } from '../../../src/net/prefix.ts';

/** Addresses as the tests speak of them. The second of each pair is the other family's. */
export const CLIENT = ['192.0.2.10', '2001:db8:1::10'] as const;
export const OTHER_CLIENT = ['192.0.2.11', '2001:db8:1::11'] as const;
export const SERVER = ['192.0.2.20', '2001:db8:1::20'] as const;
export const GUEST = ['192.0.2.130', '2001:db8:2::10'] as const;
/** Outside hosts; rules of the site's negation speak of the first one's network. */
export const INTERNET = ['203.0.113.9', '2001:db8:f::9'] as const;
export const FAR = ['203.0.113.200', '2001:db8:e::9'] as const;

/** Three ISPs: fiber and cable with gateways, lte point-to-point. Each has both families. */
export const LAB: Topology = {
  wans: [
    wan('fiber', 'wan0', '198.51.100.2', '198.51.100.1', 'a', 100),
    wan('cable', 'wan1', '198.51.100.130', '198.51.100.129', 'b', 101),
    wan('lte', 'ppp0', '198.51.100.65', undefined, 'c', 102),
  ],
  lans: [
    {
      interface: 'lan0',
      networks: [
        network('ipv4', '192.0.2.1', 25, [CLIENT[0], OTHER_CLIENT[0], SERVER[0]]),
        network('ipv6', '2001:db8:1::1', 64, [CLIENT[1], OTHER_CLIENT[1], SERVER[1]]),
      ],
    },
    {
      interface: 'lan1',
      networks: [
        network('ipv4', '192.0.2.129', 25, [GUEST[0]]),
        network('ipv6', '2001:db8:2::1', 64, [GUEST[1]]),
      ],
    },
  ],
  internet: { ipv4: INTERNET[0], ipv6: INTERNET[1] },
  delegated: [],
  transit: { ipv4: prefix('203.0.113.240', 28), ipv6: prefix('2001:db8:ffff::', 48) },
};

function wan(
  name: string,
  device: string,
  address: string,
  gateway: string | undefined,
  letter: string,
  metric: number,
): TopologyWan {
  const bare = { routed: [], more: [], metric };
  const point = gateway === undefined;
  const six = { family: 'ipv6', address: `2001:db8:${letter}::2`, ...bare } as const;
  return {
    name,
    interface: device,
    links: [
      { family: 'ipv4', address, ...bare, ...(point ? { length: 32 } : { length: 26, gateway }) },
      point
        ? { ...six, length: 128 }
        : { ...six, length: 64, gateway: 'fe80::1', routed: [prefix(`2001:db8:${letter}::`, 64)] },
    ],
  };
}

function network(family: 'ipv4' | 'ipv6', router: string, length: number, clients: readonly string[]) {
  return { family, router, length, clients };
}

function prefix(address: string, length: number): Prefix {
  return { family: address.includes(':') ? 'ipv6' : 'ipv4', address, length };
}
