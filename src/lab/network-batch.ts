import type { Family } from '../net/family.ts';
import { addressBits, familyOfAddress } from '../net/family.ts';
import { isLinkLocal } from '../net/link-local.ts';
import { everything, formatPrefix, networkOf, type Prefix } from '../net/prefix.ts';
import { namespaceOf, type Place } from './lab-names.ts';
import { hostOf, USUAL_LENGTH } from './network-pool.ts';
import {
  type Topology,
  type TopologyLan,
  type TopologyWan,
  topologyFamilies,
  type WanLink,
} from './topology.ts';

/** The ISP's device towards the router, its device towards the internet, and a LAN client's device. */
export const CUSTOMER_DEVICE = 'customer';
export const UPLINK_DEVICE = 'uplink';
export const CLIENT_DEVICE = 'eth0';

/** Where the internet's "every address is mine" lies, behind main; and the first of its tables per ISP. */
const EVERY_ADDRESS_TABLE = 999;
const FIRST_ISP_TABLE = 1000;
const ISP_RULE_PRIORITY = 33_000;
const EVERY_ADDRESS_PRIORITY = 34_000;

/** All machines, in the order they are made. */
export function placesOf(topology: Topology): readonly Place[] {
  return [
    'router',
    'internet',
    ...topology.lans.map((lan) => `lan ${lan.interface}` as const),
    ...topology.wans.map((wan) => `isp ${wan.name}` as const),
    ...sharedInterfaces(topology).map((name) => `switch ${name}` as const),
  ];
}

/** Interfaces that several WANs use. */
function sharedInterfaces(topology: Topology): readonly string[] {
  const names = topology.wans.map((wan) => wan.interface);
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
}

/** A namespace gives its devices numbers from 2 on by itself. */
const FIRST_DEVICE_NUMBER = 10;

/**
 * One batch that makes every cable. Both ends are born in their namespaces, so no name meets the machine's own. Their numbers
 * are given, and all differ: the kernel takes a device whose peer has its own number for one without a peer, and tells of its
 * carrier up to a second late, without IPv6 until then (linkwatch_urgent_event in net/core/link_watch.c).
 */
export function cableBatch(lab: string, topology: Topology): string {
  let number = FIRST_DEVICE_NUMBER;
  const end = (device: string, at: Place): string => {
    number += 1;
    return `name ${device} index ${number} netns ${namespaceOf(lab, at)}`;
  };
  const cable = (from: Place, device: string, to: Place, peer: string): string =>
    `link add ${end(device, from)} type veth peer ${end(peer, to)}`;
  const shared = sharedInterfaces(topology);
  return lines([
    ...topology.lans.map((lan) => cable('router', lan.interface, `lan ${lan.interface}`, CLIENT_DEVICE)),
    ...shared.map((name) => cable('router', name, `switch ${name}`, 'port')),
    ...topology.wans.flatMap((wan, index) => {
      const isp: Place = `isp ${wan.name}`;
      return [
        shared.includes(wan.interface)
          ? cable(isp, CUSTOMER_DEVICE, `switch ${wan.interface}`, `port${index}`)
          : cable('router', wan.interface, isp, CUSTOMER_DEVICE),
        cable('internet', internetDevice(index), isp, UPLINK_DEVICE),
      ];
    }),
  ]);
}

export function internetDevice(index: number): string {
  return `isp${index}`;
}

/** Addresses, links and routes of one machine; running it again repairs what a cut link lost. */
export function placeBatch(topology: Topology, place: Place): string {
  const [kind, name] = place.split(' ');
  switch (kind) {
    case 'router':
      return routerBatch(topology);
    case 'internet':
      return internetBatch(topology);
    case 'lan':
      return lines(topology.lans.filter((lan) => lan.interface === name).flatMap(clientLines));
    case 'isp':
      return lines(
        topology.wans.flatMap((wan, index) => (wan.name === name ? ispLines(topology, wan, index) : [])),
      );
    default:
      return switchBatch(topology, name ?? '');
  }
}

function routerBatch(topology: Topology): string {
  return lines([
    'link set lo up',
    ...(topology.own ?? []).map((address) => addressLine(address, hostBits(address), 'lo')),
    ...topology.lans.flatMap((lan) => [
      ...lan.networks.map((one) => addressLine(one.router, one.length, lan.interface)),
      `link set ${lan.interface} up`,
    ]),
    ...topology.wans.flatMap((wan, index) => [
      ...wan.links.flatMap((link) => [
        addressLine(link.address, link.length, wan.interface),
        ...link.more.map((address) => addressLine(address, addressBits(link.family), wan.interface)),
      ]),
      linkUp(wan, index, wan.interface),
      ...wan.links.flatMap((link) => mainDefault(link, wan.interface)),
    ]),
    // As DHCPv6 clients leave it (RFC 7084, WPD-5).
    ...topology.delegated.map((prefix) => `route replace unreachable ${formatPrefix(prefix)}`),
  ]);
}

/** What a DHCP client, a router advertisement or pppd leaves in main. */
function mainDefault(link: WanLink, device: string): readonly string[] {
  if (link.metric === undefined) return [];
  const via = link.gateway === undefined ? '' : `via ${link.gateway} `;
  const protocol = link.family === 'ipv4' ? 'dhcp' : 'ra';
  return [
    `route replace ${defaultOf(link.family)} ${via}dev ${device} proto ${protocol} metric ${link.metric}`,
  ];
}

/**
 * A point-to-point WAN is a cable without ARP: the kernel then sends to the device's own MAC, so both ends have the same.
 */
function linkUp(wan: TopologyWan, index: number, device: string): string {
  const pointToPoint = wan.links.some((link) => link.gateway === undefined);
  const mac = `02:00:00:00:${byte(index >> 8)}:${byte(index)}`;
  return pointToPoint ? `link set ${device} address ${mac} arp off up` : `link set ${device} up`;
}

function byte(value: number): string {
  return (value & 0xff).toString(16).padStart(2, '0');
}

function clientLines(lan: TopologyLan): readonly string[] {
  const first = (family: Family): readonly string[] =>
    lan.networks
      .filter((network) => network.family === family)
      .slice(0, 1)
      .map((network) => `route replace ${defaultOf(family)} via ${network.router} dev ${CLIENT_DEVICE}`);
  return [
    'link set lo up',
    `link set ${CLIENT_DEVICE} up`,
    ...lan.networks.flatMap((one) =>
      one.clients.map((client) => addressLine(client, one.length, CLIENT_DEVICE)),
    ),
    ...first('ipv4'),
    ...first('ipv6'),
  ];
}

function ispLines(topology: Topology, wan: TopologyWan, index: number): readonly string[] {
  return [
    'link set lo up',
    ...wan.links.flatMap((link) =>
      link.gateway === undefined ? [] : [addressLine(link.gateway, gatewayLength(link), CUSTOMER_DEVICE)],
    ),
    linkUp(wan, index, CUSTOMER_DEVICE),
    `link set ${UPLINK_DEVICE} up`,
    ...wan.links.flatMap((link) => [
      `route replace ${link.address} dev ${CUSTOMER_DEVICE}`,
      ...[...link.routed, ...delegatedTo(topology, link), ...insideNetworks(topology, link.family)].map(
        (prefix) => `route replace ${formatPrefix(prefix)} via ${link.address} dev ${CUSTOMER_DEVICE} onlink`,
      ),
      addressLine(
        transitAddress(topology, link.family, index, 'isp'),
        transitLength(link.family),
        UPLINK_DEVICE,
      ),
      `route replace ${defaultOf(link.family)} via ${transitAddress(topology, link.family, index, 'internet')}`,
    ]),
  ];
}

/** A link-local gateway is no network of the router's address. */
function gatewayLength(link: WanLink): number {
  return link.gateway !== undefined && isLinkLocal(link.gateway) ? USUAL_LENGTH.ipv6 : link.length;
}

function delegatedTo({ delegated }: Topology, { family }: WanLink): readonly Prefix[] {
  return delegated.filter((prefix) => prefix.family === family);
}

/** ISPs know the way back to inside addresses; what the internet saw tells whether they were translated. */
function insideNetworks(topology: Topology, family: Family): readonly Prefix[] {
  const networks = topology.lans.flatMap((lan) =>
    lan.networks
      .filter((network) => network.family === family)
      .map((network) => networkOf({ family, address: network.router, length: network.length })),
  );
  const own = (topology.own ?? []).map((address) => ({ family, address, length: hostBits(address) }));
  return [...networks, ...own.filter(({ length }) => length === addressBits(family))];
}

function hostBits(address: string): number {
  return addressBits(familyOfAddress(address));
}

function internetBatch(topology: Topology): string {
  const families = topologyFamilies(topology);
  return lines([
    'link set lo up',
    ...families.map((family) => addressLine(topology.internet[family], addressBits(family), 'lo')),
    ...topology.wans.map((_, index) => `link set ${internetDevice(index)} up`),
    ...topology.wans.flatMap((wan, index) =>
      wan.links.flatMap((link) => internetRoutes(topology, link, index)),
    ),
    ...families.map(
      (family) => `route replace local ${defaultOf(family)} dev lo table ${EVERY_ADDRESS_TABLE}`,
    ),
  ]);
}

/** To the addresses an ISP gave out by that ISP; everything else goes back by the ISP it came by. */
function internetRoutes(topology: Topology, link: WanLink, index: number): readonly string[] {
  const { family } = link;
  const via = `via ${transitAddress(topology, family, index, 'isp')} src ${topology.internet[family]}`;
  return [
    addressLine(
      transitAddress(topology, family, index, 'internet'),
      transitLength(family),
      internetDevice(index),
    ),
    `route replace ${link.address} ${via}`,
    ...link.routed.map((prefix) => `route replace ${formatPrefix(prefix)} ${via}`),
    `route replace ${defaultOf(family)} ${via} table ${FIRST_ISP_TABLE + index}`,
  ];
}

/** Policy rules of the internet; a rule line alone does not tell its family, so each has a batch of its own. */
export function internetPolicyBatch(topology: Topology): string {
  return lines([
    ...topology.wans.map(
      (_, index) =>
        `rule add pref ${ISP_RULE_PRIORITY + index} fwmark ${index + 1} lookup ${FIRST_ISP_TABLE + index}`,
    ),
    `rule add pref ${EVERY_ADDRESS_PRIORITY} lookup ${EVERY_ADDRESS_TABLE}`,
  ]);
}

function switchBatch(topology: Topology, name: string): string {
  const ports = topology.wans.flatMap((wan, index) => (wan.interface === name ? [`port${index}`] : []));
  return lines([
    'link add bridge type bridge',
    'link set bridge up',
    ...['port', ...ports].map((port) => `link set ${port} master bridge up`),
  ]);
}

/** Both ends' addresses on the wire between an ISP and the internet. */
export function transitAddress(
  topology: Topology,
  family: Family,
  index: number,
  end: 'isp' | 'internet',
): string {
  const base = networkOf(topology.transit[family]);
  const step = family === 'ipv4' ? 4n : 1n << 64n;
  const offset = BigInt(index) * step + (end === 'isp' ? 1n : 2n);
  return hostOf(base, offset);
}

function transitLength(family: Family): number {
  return family === 'ipv4' ? 30 : 64;
}

/** `nodad`: an IPv6 address that is used at once. */
function addressLine(address: string, length: number, device: string): string {
  return `address replace ${address}/${length} dev ${device}${address.includes(':') ? ' nodad' : ''}`;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

function defaultOf(family: Family): string {
  return formatPrefix(everything(family));
}
