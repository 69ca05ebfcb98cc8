import type { Family } from '../net/family.ts';
import { type Prefix, parsePrefix, prefixContains } from '../net/prefix.ts';

/** RFC 1918 and RFC 6598; for IPv6 unique local addresses (RFC 4193): an ISP routes none of them back. */
export const PRIVATE: Readonly<Record<Family, readonly Prefix[]>> = {
  ipv4: prefixes('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'),
  ipv6: prefixes('fc00::/7'),
};

function prefixes(...texts: readonly string[]): readonly Prefix[] {
  return texts.flatMap((text) => parsePrefix(text) ?? []);
}

export function isPrivate(address: string, family: Family): boolean {
  const host = parsePrefix(address);
  return host !== undefined && PRIVATE[family].some((block) => prefixContains(block, host));
}
