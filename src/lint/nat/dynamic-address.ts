import { devicesOf, type Route } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { type Prefix, parsePrefix, prefixContains } from '../../net/prefix.ts';
import { isAmong } from '../flow/mark-exits.ts';
import { localAddress } from '../flow/with-addresses.ts';
import type { Machine } from '../machine.ts';
import { isConnected } from '../routes/interfaces.ts';

/** Route protocols of addresses that are lent: DHCP and router advertisements (rt_protos). */
const LENT: ReadonlySet<number> = new Set([16, 9]);

/** Why an interface's address may be another one tomorrow; undefined: nothing says so. */
export function dynamicBy({ state }: Machine, device: string, family: Family): string | undefined {
  const lent = state.routes.some(
    (route) =>
      route.family === family &&
      LENT.has(route.protocol) &&
      route.hops.some((hop) => hop.device !== undefined && isAmong(hop.device, [device])),
  );
  if (lent) return 'its routes come of a lease';
  return /^ppp/.test(device) ? 'PPP gives it an address at every dial-in' : undefined;
}

/** Where an address that rules translate to is; `other`: on another uplink, and in no network of this one. */
export type PlaceOfAddress =
  | { readonly kind: 'here' | 'beside' | 'nowhere' }
  | { readonly kind: 'other'; readonly wan: string };

/** Undefined: addresses were not given, neither themselves nor in the local table. */
export function placeOfAddress(
  { state, roles }: Machine,
  device: string,
  family: Family,
  address: string,
): PlaceOfAddress | undefined {
  const own = ownAddresses(state, family);
  const host = parsePrefix(address);
  const mine = own.filter((one) => isAmong(one.device, [device]));
  // Of an interface that is down nothing is known.
  if (host === undefined || mine.length === 0) return undefined;
  const isBeside = mine.some(({ network }) => prefixContains(network, host));
  const owners = own.filter((one) => one.address === host.address).map((one) => one.device);
  const [owner] = owners;
  if (owner === undefined) return { kind: isBeside ? 'beside' : 'nowhere' };
  // In a network of this uplink the kernel answers ARP for all of its addresses; one that is inside is routed here.
  const isForeign =
    !isBeside && isAmong(device, roles.wans) && owners.every((one) => isAmong(one, roles.wans));
  return isForeign ? { kind: 'other', wan: owner } : { kind: 'here' };
}

interface OwnAddress {
  readonly device: string;
  readonly address: string;
  readonly network: Prefix;
}

/** As they are listed, or else as the local table has them. Sources that routes prefer are not asked: they are only some. */
function ownAddresses({ addresses, routes }: KernelState, family: Family): readonly OwnAddress[] {
  const listed = addresses.filter((one) => one.family === family);
  const all =
    listed.length > 0 ? listed : routes.flatMap((one) => (one.family === family ? localAddress(one) : []));
  return all.map(({ device, address, length }) => {
    const host = { family, address, length };
    return { device, address, network: listed.length > 0 ? host : networkOf(routes, device, host) };
  });
}

/** The local table has single addresses: connected routes tell which network one is in. */
function networkOf(routes: readonly Route[], device: string, host: Prefix): Prefix {
  const connected = routes.find(
    (route) =>
      isConnected(route) && devicesOf(route).includes(device) && prefixContains(route.destination, host),
  );
  return connected?.destination ?? host;
}
