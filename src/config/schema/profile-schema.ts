import * as z from 'zod/mini';
import { RESERVED_NAMES } from '../reserved-names.ts';
import { portForwardsSchema } from './forward-schema.ts';
import { healthSchema } from './health-schema.ts';
import { hooksSchema } from './hooks-schema.ts';
import { expecting, list, mapping, optional, required } from './key.ts';
import { address, alternatives, interfaceName, name, word, words, yesNo } from './leaf.ts';
import { probesSchema } from './probe-schema.ts';

let built: ReturnType<typeof build> | undefined;

/** profiles/NAME.yaml: one ISP. Built at the first call: that takes milliseconds, and one serves every file. */
export function profileSchema() {
  built ??= build();
  return built;
}

function build() {
  return mapping('a profile, a mapping with name and interface', {
    name: required(
      name(),
      `Name of the WAN in the site, in reports and of its routing table. Not ${alternatives(RESERVED_NAMES)}.`,
      {
        examples: ['fiber'],
      },
    ),
    interface: required(interfaceName(), 'Network interface the ISP is on.', { examples: ['wan0'] }),
    gateway: optional(
      perFamily('an address, auto or none', () => address('an address, auto or none')),
      'Next router. auto follows what DHCP, router advertisements or PPP say; none sends straight to the device (point-to-point). A mapping sets the families apart. Where it cannot be one here (an address of the router itself, say), the WAN goes without that family, with a warning.',
      { default: 'auto', examples: ['192.0.2.1', { ipv4: '192.0.2.1', ipv6: 'auto' }] },
    ),
    families: optional(
      words(['ipv4', 'ipv6', 'both']),
      'IP families the ISP provides. Keys of the profile that speak of a family left out here are refused.',
      { default: 'ipv4' },
    ),
    ...numberKeys(),
    ...natKeys(),
    port_forwards: portForwardsSchema('Ports opened to inside hosts on this WAN.'),
    metered: optional(
      yesNo(),
      'Whether traffic costs money or volume: probes are sparing, and status says so.',
      {
        default: false,
      },
    ),
    mss_clamp: optional(
      yesNo(),
      "Whether the segment size of TCP connections is lowered to the WAN's MTU (PPPoE, tunnels).",
      { default: true },
    ),
    probes: optional(
      probesSchema(),
      'How the WAN is watched. Without probes its link, its addresses and its gateway alone count.',
      {
        examples: [[{ ping: '203.0.113.1' }, { ping: '198.51.100.1' }]],
      },
    ),
    health: optional(healthSchema(), 'When a WAN counts as up or down.', {
      examples: [{ interval: '200ms', fall: 5 }],
    }),
    hooks: optional(hooksSchema(), 'Commands that run when this WAN goes up or down.', {
      examples: [{ down: '/etc/polywan/hooks/fiber-down' }],
    }),
  });
}

function numberKeys() {
  return {
    table: optional(
      word('auto or a table number', 'auto'),
      'Number of the routing table; its name in /etc/iproute2/rt_tables.d is the name of the WAN, unless another table has that already. Not 0, 253, 254 or 255.',
      { default: 'auto', examples: [101] },
    ),
    mark: optional(
      word('auto or a mark such as 0x30000000', 'auto'),
      'Mark of the connections on this WAN, within mark_mask. The two highest values of the mask are kept for the last resorts.',
      { default: 'auto', examples: ['0x30000000'] },
    ),
  };
}

function natKeys() {
  return {
    masquerade: optional(
      perFamily('yes, no, ipv4 or ipv6', () => yesNo(), ['yes', 'no', 'ipv4', 'ipv6']),
      "Translates to the WAN's own address, whatever it is: yes for every family of the WAN, or only one. Left out: ipv4 where the WAN has it and no snat takes its place. A family of which the interface has no address is left out while another interface's would be taken, except on a point-to-point link. Of WANs on one interface each has its own address; where gateways do not tell which IPv6 address is whose, give snat.",
      { examples: ['yes', { ipv4: 'yes', ipv6: 'no' }] },
    ),
    snat: optional(
      perFamily('an address', () => address('an address')),
      'Translates to this address instead, where it is fixed.',
      { examples: ['198.51.100.7', { ipv4: '198.51.100.7', ipv6: '2001:db8:7::7' }] },
    ),
    nptv6: optional(
      mapping('a mapping with inside and outside', {
        inside: required(address('an IPv6 prefix'), 'Prefix used inside.', { examples: ['fd00:50::/64'] }),
        outside: optional(
          address('auto or an IPv6 prefix of the same length'),
          "Prefix the ISP routes to this WAN; auto follows the WAN's own: of the prefixes that were delegated (unreachable in main) one that has more bits in common with this WAN's address than with any other's, else the network of its interface.",
          { default: 'auto', examples: ['2001:db8:50::/64'] },
        ),
      }),
      'Swaps the IPv6 prefix and keeps the rest of each address, both ways (RFC 6296).',
      { examples: [{ inside: 'fd00:50::/64', outside: 'auto' }] },
    ),
    sources: optional(
      list('prefixes', address('an address or prefix')),
      'Inside prefixes that are translated. Left out: all. Overlaps are merged; 0.0.0.0/0 and ::/0 must be written as such.',
      { examples: [['172.17.0.0/24', '172.17.0.0/16']] },
    ),
  };
}

/** One value for the families it fits, or a mapping with one for each. */
function perFamily<S extends z.core.$ZodType>(
  phrase: string,
  value: () => S,
  alone?: readonly [string, ...string[]],
) {
  return expecting(`${phrase}, or a mapping with ipv4 and ipv6`, (error) =>
    z.union(
      [
        ...(alone === undefined ? [] : [z.enum(alone, error)]),
        value(),
        mapping('a mapping with ipv4 and ipv6', {
          ipv4: optional(value(), 'The value for IPv4.'),
          ipv6: optional(value(), 'The value for IPv6.'),
        }),
      ],
      error,
    ),
  );
}
