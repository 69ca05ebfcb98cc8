import type { Expression } from '../kernel/expression.ts';
import type { Frontend } from '../kernel/netfilter.ts';
import { LOCAL_TABLE, type Route } from '../kernel/routing.ts';
import { addressBits, type Family } from '../net/family.ts';
import { formatPrefix } from '../net/prefix.ts';
import { networkStretch } from './operand.ts';
import type { Packet, Path } from './path.ts';
import { type RouteQuery, UNREAD } from './policy-rule.ts';
import { isIn, type Question } from './question.ts';
import { conditionOf } from './route-condition.ts';
import { lookUp } from './route-lookup.ts';
import { isMulticast, LIMITED_BROADCAST } from './special-route.ts';
import { addressPoint, isPoint, type Point, type Term, undecidable } from './term.ts';
import type { World } from './world.ts';

type Fib = Extract<Expression, { kind: 'fib' }>;

/** `fib … type`, `oif`, `oifname`: what routing makes of an address of the packet. No device is the empty name. */
export function readFib(fib: Fib, path: Path, world: World, frontend: Frontend): Term | Question {
  const read = (fib.result === 'type' ? addressType : device)(fib, path, world, frontend);
  return typeof read === 'object' && read.kind === 'question' ? { ...read, again: true } : read;
}

/** The local table alone says it; what is not there is unicast (inet_addr_type). */
function addressType(fib: Fib, path: Path, world: World, frontend: Frontend): Term | Question {
  const { packet, assumptions } = path;
  const address = fib.flags.includes('saddr') ? packet.saddr : packet.daddr;
  const early = isPoint(address) ? specialType(address) : undefined;
  if (early !== undefined) return early;
  const routing = world.index.routing(packet.family);
  const table = routing.table(LOCAL_TABLE);
  if (table === undefined || (!routing.known && world.index.addresses(packet.family).length === 0))
    return undecidable(`fib ${fib.flags.join(' . ')} type`);
  const only = limitDevice(fib, path);
  if (packet.family === 'ipv6' && routing.known) return ipv6Type(fib, only, path, world, frontend);
  const typeAt = (length: number, first: Term) =>
    isPoint(first)
      ? table
          .at(length, networkStretch(first, length)[0])
          .find((route) => only === undefined || route.hops.some((hop) => hop.device === only))?.type
      : undefined;
  if (isPoint(address)) {
    for (const length of table.lengths) {
      const type = typeAt(length, address);
      if (type !== undefined) return type;
    }
    return 'unicast';
  }
  for (const { length, first, last } of table.networks) {
    const type = typeAt(length, first);
    const inside =
      type === undefined ? false : isIn(assumptions, address, [first, last], `address is ${type}`);
    if (typeof inside === 'object') return inside;
    if (inside && type !== undefined) return type;
  }
  return 'unicast';
}

/**
 * IPv6 asks all policy rules, without a mark, and calls what they refuse by its name (nft_fib6_eval_type); with a device
 * it is local only as an address of that device.
 */
function ipv6Type(
  fib: Fib,
  device: string | undefined,
  path: Path,
  world: World,
  frontend: Frontend,
): Term | Question {
  const asked = lookUp(world.index, path.assumptions, { ...queryOf(fib, path, frontend), asker: 'type' });
  if ('kind' in asked) return asked;
  const { result } = asked;
  switch (result.kind) {
    case 'local': {
      const isHere = world.index
        .addresses('ipv6')
        .some((each) => each.device === device && each.address === asked.destination);
      return device === undefined || isHere ? 'local' : 'unicast';
    }
    case 'no-route':
      return 'unreachable';
    case 'unknown':
      return undecidable(`fib ${fib.flags.join(' . ')} type`);
    default:
      return result.kind;
  }
}

/** Multicast and the limited broadcast are what they are without a table. */
export function specialType(address: number | string): string | undefined {
  if (isMulticast(address)) return 'multicast';
  return address === LIMITED_BROADCAST || address === 0 ? 'broadcast' : undefined;
}

/** Of a network here, as the local table has it. */
export function isBroadcast(address: Point, family: Family, world: World): boolean {
  const table = world.index.routing(family).table(LOCAL_TABLE);
  return (table?.at(addressBits(family), address) ?? []).some(({ type }) => type === 'broadcast');
}

function limitDevice(fib: Fib, { packet }: Path): string | undefined {
  if (fib.flags.includes('iif')) return packet.iif;
  return fib.flags.includes('oif') && typeof packet.oif === 'string' ? packet.oif : undefined;
}

function device(fib: Fib, path: Path, world: World, frontend: Frontend): Term | Question {
  // What came by loopback is not looked for (nft_fib_can_skip, rpfilter_is_loopback).
  if (path.packet.iif === 'lo' && (path.hook === 'prerouting' || path.hook === 'input')) return 'lo';
  const limit = limitDevice(fib, path);
  const lookup = lookUp(world.index, path.assumptions, queryOf(fib, path, frontend));
  if ('kind' in lookup) return lookup;
  const { result } = lookup;
  if (result.kind === 'unknown') return undecidable(`fib ${fib.flags.join(' . ')} ${fib.result}`);
  if (result.kind !== 'unicast') return '';
  if (limit === undefined || result.device === limit) return result.device;
  return otherHops(result.route, path, world, frontend).includes(limit) ? limit : '';
}

/**
 * Where else the way found leads. IPv4 takes any hop of the route (fib_info_nh_uses_dev). IPv6's rpfilter asks for the
 * device, and any route to the same destination (for the same sources) has it; nft's fib there knows the one hop alone, so
 * that of 60 packets that came in by a hop of two it said `missing` for 30.
 */
function otherHops(
  route: Route | undefined,
  { packet }: Path,
  world: World,
  frontend: Frontend,
): readonly (string | undefined)[] {
  if (route === undefined || (packet.family === 'ipv6' && frontend === 'nft')) return [];
  const { address, length } = route.destination;
  const point = packet.family === 'ipv4' ? undefined : addressPoint(address, 'ipv6');
  const table = world.index.routing(packet.family).table(route.table);
  const routes = point === undefined || table === undefined ? [route] : table.at(length, point);
  const source = sourceOf(route);
  return routes
    .filter((each) => sourceOf(each) === source)
    .flatMap(({ hops }) => hops.map(({ device: each }) => each));
}

function sourceOf(route: Route): string | undefined {
  const { from } = conditionOf(route);
  return from && formatPrefix(from);
}

/**
 * A lookup of its own, without the packet's mark unless asked for, from `lo`, and without ports (nft_fib4_eval). rpfilter of
 * iptables does not ask with the protocol either, that of ip6tables does.
 */
function queryOf(fib: Fib, { packet }: Path, frontend: Frontend): RouteQuery {
  const ofSource = fib.flags.includes('saddr');
  return {
    family: packet.family,
    asker: ofSource ? 'look back' : 'look',
    saddr: ofSource ? packet.daddr : packet.saddr,
    daddr: ofSource ? packet.saddr : packet.daddr,
    mark: fib.flags.includes('mark') ? packet.mark : 0,
    iif: 'lo',
    dscp: packet.dscp,
    ...UNREAD,
    ...(frontend === 'nft' || packet.family === 'ipv6' ? { protocol: packet.protocol } : {}),
    uid: 0,
    ...(isStrictRpfilter6(fib, packet, frontend) ? { oifOfRules: packet.iif } : {}),
  };
}

/** rpfilter of ip6tables, unless it is loose, asks with the device that the packet came by (rpfilter_lookup_reverse6). */
function isStrictRpfilter6({ flags }: Fib, { family }: Packet, frontend: Frontend): boolean {
  return family === 'ipv6' && frontend !== 'nft' && flags.includes('iif');
}
