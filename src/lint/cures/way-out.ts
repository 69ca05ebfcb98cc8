import { devicesOf, MAIN_TABLE } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { parsePrefix, prefixContains } from '../../net/prefix.ts';
import type { Machine } from '../machine.ts';
import { defaultRoutes, isConnected } from '../routes/interfaces.ts';
import { ipCommand, tableName } from '../routes/ip-command.ts';
import { hostIn } from '../routes/marked-lookups.ts';
import { ownAddress } from '../routes/traced-flows.ts';
import { freeTable } from './free-numbers.ts';

/** A table whose default leaves by an uplink: the number, and what is to be done where there is none yet. */
export interface WayOut {
  readonly table: number;
  readonly lines: readonly string[];
  /** What stands for something that is not known, in words. */
  readonly notes: readonly string[];
}

/** The table of an uplink; where it has none, one that is free. */
export function tableOfWan(
  machine: Machine,
  family: Family,
  device: string,
  taken: readonly number[] = [],
): WayOut {
  const known = defaultRoutes(machine, family).find(
    ({ table, hops }) => table !== MAIN_TABLE && hops.length === 1 && hops[0]?.device === device,
  );
  if (known !== undefined) return { table: known.table, lines: [], notes: [] };
  const table = freeTable(machine.state, taken);
  return { table, ...defaultInto(machine, family, device, table) };
}

/** The command that gives a table a default by an uplink. */
export function defaultInto(
  machine: Machine,
  family: Family,
  device: string,
  table: number,
): Pick<WayOut, 'lines' | 'notes'> {
  const { via, notes } = gatewayOf(machine, family, device);
  const words = via === undefined ? `dev ${device}` : `via ${via} dev ${device}`;
  return {
    lines: [`${ipCommand(family)} route add default ${words} table ${tableName(machine, table)}`],
    notes,
  };
}

/** Interfaces from point to point, behind which there is nobody to choose from. */
const POINT_TO_POINT = /^(?:ppp|pppoe|wg|tun|tap|gre|ipsec|vti|xfrm|wwan|nordlynx|proton|mullvad)/;

/** Addresses of nobody (RFC 5737), of which one in no network of the machine stands for a gateway. */
const NOBODY: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['192.0.2.1', '198.51.100.1', '203.0.113.1'],
  ipv6: ['fe80::1'],
};

function strangerTo({ routes }: KernelState, family: Family): string {
  const networks = routes.filter((route) => route.family === family && route.destination.length > 0);
  const isFree = (address: string) => {
    const host = parsePrefix(address);
    return host !== undefined && !networks.some(({ destination }) => prefixContains(destination, host));
  };
  const [first = ''] = NOBODY[family];
  return NOBODY[family].find(isFree) ?? first;
}

/** As another default has it, else a host of its network, else an address of nobody. */
function gatewayOf(
  machine: Machine,
  family: Family,
  device: string,
): { readonly via?: string; readonly notes: readonly string[] } {
  const { routes, links } = machine.state;
  const hops = defaultRoutes(machine, family)
    .flatMap((route) => route.hops)
    .filter((hop) => hop.device === device);
  const [hop] = hops;
  if (hop !== undefined) return hop.gateway === undefined ? { notes: [] } : { via: hop.gateway, notes: [] };
  const link = links.find(({ name }) => name === device);
  if (link?.pointToPoint ?? POINT_TO_POINT.test(device)) return { notes: [] };
  const gateway = routes
    .filter((route) => route.family === family)
    .flatMap((route) => route.hops)
    .find((one) => one.device === device && one.gateway !== undefined)?.gateway;
  if (gateway !== undefined) return { via: gateway, notes: [] };
  const network = routes.find(
    (route) => route.family === family && route.hops[0]?.device === device && isConnected(route),
  );
  const host = network === undefined ? undefined : firstHost(network.destination.address, network, machine);
  const via = host ?? strangerTo(machine.state, family);
  return {
    via,
    notes: [
      `${via} stands for the gateway of ${device}: \`${ipCommand(family)} route show default dev ${device}\``,
    ],
  };
}

function firstHost(
  address: string,
  network: Parameters<typeof hostIn>[0],
  { state }: Machine,
): string | undefined {
  const first = address.replace(/\.0$/, '.1');
  const own = [network.source, ...state.addresses.map((one) => one.address)];
  return first !== address && !own.includes(first) ? first : hostIn(network, state);
}

/** The machine's own address on an uplink, or one that stands for it. */
export function addressOn(
  machine: Machine,
  family: Family,
  device: string,
): { readonly address: string; readonly notes: readonly string[] } {
  const known = ownAddress(machine, family, device);
  if (known !== undefined) return { address: known, notes: [] };
  const address = family === 'ipv4' ? '192.0.2.2' : '2001:db8::2';
  const words = `${ipCommand(family)} -brief address show dev ${device}`;
  return { address, notes: [`${address} stands for this machine's address on ${device}: \`${words}\``] };
}

/**
 * The uplink a table without a way out is likeliest meant for: one that no default leaves by, else that has no table of
 * its own.
 */
export function idleWan(machine: Machine, family: Family, table: number): string | undefined {
  const { roles, state } = machine;
  const defaults = defaultRoutes(machine, family);
  const devices = (wanted: (table: number) => boolean) =>
    defaults.filter((route) => wanted(route.table)).flatMap(devicesOf);
  const connected = state.routes
    .filter((route) => route.family === family && isConnected(route))
    .flatMap(devicesOf);
  const exact = [...roles.wans, ...connected].filter((name) => !/[*+]$/.test(name));
  const inTable = state.routes
    .filter((route) => route.family === family && route.table === table)
    .flatMap(devicesOf)
    .filter((name) => !roles.lans.includes(name));
  const outside = exact.filter((name) => !roles.lans.includes(name));
  const every = devices(() => true);
  const main = devices((one) => one === MAIN_TABLE);
  return (
    inTable[0] ??
    outside.find((name) => !every.includes(name)) ??
    outside.find((name) => !devices((one) => one !== MAIN_TABLE).includes(name)) ??
    outside.find((name) => !main.includes(name)) ??
    every.find((name) => !main.includes(name)) ??
    every[0]
  );
}

/** A cure that is several lines: prose first, then commands or rules, then what stands for what. */
export function cureText(lead: string, lines: readonly string[], notes: readonly string[] = []): string {
  return [lines.length === 0 ? lead : `${lead}:`, ...lines, ...new Set(notes)].join('\n');
}
