import type { Site } from '../config/site.ts';
import { OWN_CHAIN_PREFIX } from '../kernel/ownership.ts';
import type { Family } from '../net/family.ts';

/** A set of destinations that others fill: a user (`set:`) or the resolver (`domain:`). One per family. */
export interface DestinationSet {
  readonly nft: Readonly<Record<Family, string>>;
  /** ipset names end at 31 characters. */
  readonly ipset: Readonly<Record<Family, string>>;
}

/** The sets that steering rules name by `set:`. */
export function userSet(name: string): DestinationSet {
  return {
    nft: { ipv4: `set_${name}_ipv4`, ipv6: `set_${name}_ipv6` },
    ipset: { ipv4: `${OWN_CHAIN_PREFIX}${name}-4`, ipv6: `${OWN_CHAIN_PREFIX}${name}-6` },
  };
}

/** The set of one domain and the names below it. */
export function domainSet(domain: string): DestinationSet {
  const short = `d-${fnv1a(domain).toString(16)}`;
  return {
    // nft's names may have the dots and hyphens of a domain, so that no two come to the same.
    nft: { ipv4: `domain_${domain}_ipv4`, ipv6: `domain_${domain}_ipv6` },
    ipset: { ipv4: `${OWN_CHAIN_PREFIX}${short}-4`, ipv6: `${OWN_CHAIN_PREFIX}${short}-6` },
  };
}

/** What the set of this name in the nft table is called among ipsets; undefined where others do not fill it. */
export function ipsetName(nftName: string): string | undefined {
  const [, kind, name = '', version] = /^(set|domain)_(.+)_ipv([46])$/.exec(nftName) ?? [];
  if (kind === undefined) return undefined;
  const { ipset } = kind === 'set' ? userSet(name) : domainSet(name);
  return version === '4' ? ipset.ipv4 : ipset.ipv6;
}

/** Every set of destinations the site needs, once. */
export function destinationSets(site: Site): readonly DestinationSet[] {
  const names = new Set(site.steering.flatMap((rule) => rule.match.set?.values ?? []));
  return [...[...names].map(userSet), ...domainSets(site)];
}

export function domainSets(site: Site): readonly (DestinationSet & { readonly domain: string })[] {
  const domains = new Set(site.steering.flatMap((rule) => rule.match.domain?.values ?? []));
  return [...domains].map((domain) => ({ domain, ...domainSet(domain) }));
}

/** FNV-1a, 32 bit: a short stable name for a domain that is too long for an ipset's. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const unit of text) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
