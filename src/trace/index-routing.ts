import {
  DEFAULT_TABLE,
  devicesOf,
  LOCAL_TABLE,
  MAIN_TABLE,
  type PolicyRule,
  type Route,
} from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { addressBits, type Family } from '../net/family.ts';
import { networkStretch } from './operand.ts';
import { conditionOf, inTrialOrder } from './route-condition.ts';
import { addressPoint, formatPoint, type Point } from './term.ts';

/** The owner's tag of what the kernel itself makes (RTPROT_KERNEL). */
const KERNEL = 2;

export interface RoutingIndex {
  readonly family: Family;
  readonly rules: readonly PolicyRule[];
  readonly table: (number: number) => RouteTable | undefined;
  /** The device's own name, also for another name it has (altname). */
  readonly nameOf: (device: string) => string;
  /** False: the state says nothing of this family's routes, so no lookup can be answered. */
  readonly known: boolean;
  /** Some policy rule is not one of the kernel's own three (fib_has_custom_rules). */
  readonly customRules: boolean;
  /** Somebody has added a local route (fib_has_custom_local_routes); those of the addresses are the kernel's own. */
  readonly customLocal: boolean;
  /**
   * Some policy rule makes the kernel look into packets for their protocol and ports: one that asks for them, but not of
   * what begins here, whose socket says them (fib_rule_requires_fldissect).
   */
  readonly readsPackets: boolean;
  /** Some policy rule asks for more than the addresses, the mark, the interfaces and the tos. */
  readonly asksTransport: boolean;
  /** Some policy rule or route asks for the tos. */
  readonly asksTos: boolean;
  /** Answers to lookups of which everything is known. */
  readonly answers: Map<string, unknown>;
}

export interface RouteTable {
  /** Lengths in use, longest first. */
  readonly lengths: readonly number[];
  readonly at: (length: number, network: Point) => readonly Route[];
  /** Every network, longest first, for addresses that are not known. */
  readonly networks: readonly { readonly length: number; readonly first: Point; readonly last: Point }[];
}

export function indexRouting(state: KernelState, family: Family): RoutingIndex {
  const own = state.policyRules.filter((rule) => rule.family === family);
  const stated = state.routes.filter((route) => route.family === family);
  const routes = [...stated.filter((route) => isThere(state, route)), ...derivedLocal(state, family, stated)];
  const byTable = new Map<number, Route[]>();
  for (const route of routes) {
    const list = byTable.get(route.table);
    if (list === undefined) byTable.set(route.table, [route]);
    else list.push(route);
  }
  const tables = new Map<number, RouteTable>();
  const names = new Map(
    state.links.flatMap(({ name, altnames = [] }) => altnames.map((each) => [each, name])),
  );
  const rules = [...(own.length > 0 ? own : ownRules(family))].sort((a, b) => a.priority - b.priority);
  return {
    family,
    rules,
    known: stated.length > 0,
    customRules: rules.some((rule) => !isOwn(rule)),
    customLocal: stated.some(
      ({ type, table, protocol }) => type === 'local' && (table !== LOCAL_TABLE || protocol !== KERNEL),
    ),
    readsPackets: rules.some(({ selector }) => selector.iif !== 'lo' && asksPorts(selector)),
    asksTransport: rules.some(
      ({ selector }) =>
        asksPorts(selector) || selector.uidRange !== undefined || selector.unknown !== undefined,
    ),
    asksTos:
      rules.some(({ selector }) => (selector.tos ?? 0) !== 0) ||
      routes.some((route) => (conditionOf(route).tos ?? 0) !== 0),
    table: (number) => {
      const list = byTable.get(number);
      if (list === undefined) return undefined;
      const known = tables.get(number) ?? indexTableRoutes(list, family);
      tables.set(number, known);
      return known;
    },
    nameOf: (device) => names.get(device) ?? device,
    answers: new Map(),
  };
}

function asksPorts({ ipProtocol, sourcePort, destinationPort }: PolicyRule['selector']): boolean {
  return ipProtocol !== undefined || sourcePort !== undefined || destinationPort !== undefined;
}

/** A device that is down has no routes: the kernel takes them away, a file may still list them. */
function isThere(state: KernelState, route: Route): boolean {
  const devices = devicesOf(route);
  if (devices.length === 0 || route.type === 'local') return true;
  return devices.some((device) => state.links.find((link) => link.name === device)?.up !== false);
}

/** What every kernel has when nobody has changed it. */
function ownRules(family: Family): readonly PolicyRule[] {
  const lookup = (priority: number, table: number): PolicyRule => ({
    family,
    priority,
    selector: {},
    action: { kind: 'lookup', table },
    protocol: KERNEL,
  });
  const rules = [lookup(0, LOCAL_TABLE), lookup(32766, MAIN_TABLE)];
  return family === 'ipv4' ? [...rules, lookup(32767, DEFAULT_TABLE)] : rules;
}

function isOwn({ selector, action, priority }: PolicyRule): boolean {
  if (Object.keys(selector).length > 0 || action.kind !== 'lookup') return false;
  return (
    (priority === 0 && action.table === LOCAL_TABLE) ||
    (priority === 32766 && action.table === MAIN_TABLE) ||
    (priority === 32767 && action.table === DEFAULT_TABLE)
  );
}

/** The local table as the kernel fills it, where the state does not list it but knows the addresses. */
function derivedLocal(state: KernelState, family: Family, stated: readonly Route[]): readonly Route[] {
  if (stated.some((route) => route.table === LOCAL_TABLE)) return [];
  const bits = addressBits(family);
  const local = (type: Route['type'], device: string, address: string, length: number): Route => ({
    family,
    table: LOCAL_TABLE,
    type,
    destination: { family, address, length },
    metric: 0,
    protocol: KERNEL,
    scope: type === 'local' ? 254 : 253,
    ...(type === 'local' && family === 'ipv4' ? { source: address } : {}),
    hops: [{ device }],
  });
  const loopback =
    family === 'ipv4' ? local('local', 'lo', '127.0.0.0', 8) : local('local', 'lo', '::1', 128);
  const multicast = family === 'ipv6' ? [{ ...local('multicast', 'lo', 'ff00::', 8), metric: 256 }] : [];
  const own = state.addresses
    .filter((address) => address.family === family)
    .flatMap(({ device, address, length, peer }) => {
      const host = local('local', device, address, bits);
      // Networks longer than /30 have no broadcast address (fib_add_ifaddr); a peer has none either.
      if (family === 'ipv6' || length > 30 || peer !== undefined) return [host];
      const point = addressPoint(address, family);
      const last = point === undefined ? undefined : networkStretch(point, length)[1];
      return last === undefined ? [host] : [host, local('broadcast', device, formatPoint(last, family), 32)];
    });
  return [loopback, ...multicast, ...own];
}

function indexTableRoutes(routes: readonly Route[], family: Family): RouteTable {
  const byLength = new Map<number, Map<Point, Route[]>>();
  for (const route of routes) {
    const point = addressPoint(route.destination.address, family);
    if (point === undefined) continue;
    const { length } = route.destination;
    const [network] = networkStretch(point, length);
    const networks = byLength.get(length) ?? new Map<Point, Route[]>();
    byLength.set(length, networks);
    const list = networks.get(network);
    if (list === undefined) networks.set(network, [route]);
    else list.push(route);
  }
  for (const [length, networks] of byLength)
    for (const [network, list] of networks)
      if (list.length > 1) networks.set(network, inTrialOrder(list, length));
  const lengths = [...byLength.keys()].sort((a, b) => b - a);
  let networks: RouteTable['networks'] | undefined;
  return {
    lengths,
    at: (length, network) => byLength.get(length)?.get(network) ?? [],
    get networks() {
      networks ??= lengths.flatMap((length) =>
        [...(byLength.get(length)?.keys() ?? [])].map((first) => ({
          length,
          first,
          last: networkStretch(first, length)[1],
        })),
      );
      return networks;
    },
  };
}
