import { type Address, LOCAL_TABLE, type Route } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import { addressBits, type Family } from '../../net/family.ts';
import { isLinkLocal } from '../../net/link-local.ts';

/** Scopes of addresses (rtnetlink): global, and from the second on for the link or the machine alone. */
const GLOBAL = 0;
export const LINK_SCOPE = 253;

/**
 * The state with the machine's own addresses, where routes are given and addresses are not: the local table lists them,
 * and so do the sources that routes prefer. Without any the router's own connections would come from nowhere.
 */
export function withAddresses(state: KernelState, family: Family): KernelState {
  if (state.addresses.some((one) => one.family === family)) return state;
  const routes = state.routes.filter((route) => route.family === family);
  const found = [...routes.flatMap(localAddress), ...routes.flatMap(preferredSource)];
  const own = found.filter(
    ({ address, device }, at) =>
      found.findIndex((one) => one.address === address && one.device === device) === at,
  );
  return own.length === 0 ? state : { ...state, addresses: [...state.addresses, ...own] };
}

/** The address of an interface that a route of the local table stands for. */
export function localAddress({ family, table, type, destination, hops }: Route): readonly Address[] {
  const [hop] = hops;
  const isHost = destination.length === addressBits(family);
  if (table !== LOCAL_TABLE || type !== 'local' || !isHost || hop?.device === undefined) return [];
  return hop.device === 'lo' ? [] : [addressOf(family, destination.address, hop.device)];
}

function preferredSource({ family, type, source, hops }: Route): readonly Address[] {
  const [hop] = hops;
  if (source === undefined || type !== 'unicast' || hop?.device === undefined) return [];
  return [addressOf(family, source, hop.device)];
}

function addressOf(family: Family, address: string, device: string): Address {
  const scope = isLinkLocal(address) ? LINK_SCOPE : GLOBAL;
  return { device, family, address, length: addressBits(family), scope };
}
