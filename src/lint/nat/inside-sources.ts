import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import {
  addressFromNumber,
  type Prefix,
  parsePrefix,
  prefixContains,
  prefixRange,
} from '../../net/prefix.ts';
import { isAmong } from '../flow/mark-exits.ts';
import type { Machine } from '../machine.ts';
import { deviceOf } from './leaving.ts';

/** Where packets come from that no ISP takes as they are. */
export interface InsideSource {
  readonly lan: string;
  /** Absent: which addresses are inside is not known, only that some are. */
  readonly address?: string;
}

/** RFC 1918 and RFC 6598; for IPv6 unique local addresses (RFC 4193): an ISP routes none of them back. */
const PRIVATE: Readonly<Record<Family, readonly Prefix[]>> = {
  ipv4: prefixes('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'),
  ipv6: prefixes('fc00::/7'),
};

function prefixes(...texts: readonly string[]): readonly Prefix[] {
  return texts.flatMap((text) => parsePrefix(text) ?? []);
}

/**
 * One private source of each network inside. Where no address is known an IPv4 client is private, and an IPv6 client has
 * addresses of its own, which need no translation.
 */
export function insideSources({ state, roles }: Machine, family: Family): readonly InsideSource[] {
  const own = state.addresses.filter(
    (one) => one.family === family && one.scope === 0 && isAmong(one.device, roles.lans),
  );
  if (own.length === 0) {
    const [lan = 'lan0'] = roles.lans;
    return family === 'ipv4' && !knowsInside(state, family) ? [{ lan: deviceOf(lan) }] : [];
  }
  return own.flatMap(({ device, address, length }) => {
    const network: Prefix = { family, address, length };
    if (!PRIVATE[family].some((block) => prefixContains(block, network))) return [];
    // Beside an address of the internet's, clients do not use a unique local one to get there (RFC 6724).
    const hasGlobal = own.some((other) => other.device === device && !isPrivate(other.address, family));
    return family === 'ipv6' && hasGlobal ? [] : [{ lan: device, address: hostOf(network) }];
  });
}

function knowsInside({ addresses }: KernelState, family: Family): boolean {
  return addresses.some((one) => one.family === family && one.scope === 0);
}

export function isPrivate(address: string, family: Family): boolean {
  const host = parsePrefix(address);
  return host !== undefined && PRIVATE[family].some((block) => prefixContains(block, host));
}

/** A host of the network that is not the router. */
function hostOf(network: Prefix): string {
  const { first, last } = prefixRange(network);
  const own = parsePrefix(network.address);
  const candidate = last - first > 2n ? last - 1n : last;
  const text = addressFromNumber(network.family, candidate);
  return text === own?.address ? addressFromNumber(network.family, first + 1n) : text;
}
