import { MAIN_TABLE } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { isLinkLocal } from '../../net/link-local.ts';
import { addressFromNumber, addressNumber, type Prefix, prefixRange } from '../../net/prefix.ts';

/** The tenth address of the network on the interface, or another that is not the router's; undefined: any. */
export function hostBehind(state: KernelState, device: string, family: Family): string | undefined {
  const network = networkOn(state, device, family);
  if (network === undefined) return undefined;
  const { first, last } = prefixRange(network.prefix);
  const own = network.own === undefined ? undefined : addressNumber(network.own);
  const number = [10n, 2n, 1n].map((offset) => first + offset).find((one) => one < last && one !== own);
  return number === undefined ? undefined : addressFromNumber(family, number);
}

/** By the router's address there, else by the route that such an address brings: listings often have routes alone. */
function networkOn(
  { addresses, routes }: KernelState,
  device: string,
  family: Family,
): { readonly prefix: Prefix; readonly own?: string } | undefined {
  const address = addresses.find((one) => one.device === device && one.family === family && one.scope === 0);
  if (address !== undefined) return { prefix: address, own: address.address };
  const route = routes.find(
    ({ type, table, destination, hops, ...one }) =>
      one.family === family &&
      type === 'unicast' &&
      table === MAIN_TABLE &&
      destination.length > 0 &&
      !isLinkLocal(destination.address) &&
      hops[0]?.device === device &&
      hops[0].gateway === undefined,
  );
  if (route === undefined) return undefined;
  const { source } = route;
  return { prefix: route.destination, ...(source === undefined ? {} : { own: source }) };
}
