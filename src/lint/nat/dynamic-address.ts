import type { Family } from '../../net/family.ts';
import { parsePrefix, prefixContains } from '../../net/prefix.ts';
import { isAmong } from '../flow/mark-exits.ts';
import type { Machine } from '../machine.ts';

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

/** Where an address that rules translate to is. Undefined: addresses were not given. */
export function placeOfAddress(
  { state }: Machine,
  device: string,
  family: Family,
  address: string,
): 'here' | 'beside' | 'nowhere' | undefined {
  const own = state.addresses.filter((one) => one.family === family);
  const host = parsePrefix(address);
  // Of an interface that is down nothing is known.
  if (host === undefined || !own.some((one) => isAmong(one.device, [device]))) return undefined;
  if (own.some((one) => one.address === host.address)) return 'here';
  const beside = own.some(
    (one) =>
      isAmong(one.device, [device]) &&
      prefixContains({ family, address: one.address, length: one.length }, host),
  );
  return beside ? 'beside' : 'nowhere';
}
