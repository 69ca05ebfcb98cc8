import type { Site } from '../../config/site.ts';
import type { Frontend, IpSet, Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { destinationSets } from '../named-sets.ts';
import { siteFamilies, type Uplink } from '../uplinks.ts';
import { header } from '../words.ts';
import { markChains } from './mark-chains.ts';
import { chainOf } from './names.ts';
import { forwardChains, notrackChains } from './other-chains.ts';
import { policyChains } from './policy-chains.ts';
import { steeringChains } from './steering.ts';
import { type Entry, ownTable } from './table.ts';
import { natChains } from './translation.ts';

const PREROUTING: Entry = { builtin: 'PREROUTING', chain: chainOf.prerouting };
const OUTPUT: Entry = { builtin: 'OUTPUT', chain: chainOf.output };
const FORWARD: Entry = { builtin: 'FORWARD', chain: chainOf.forward };
const POSTROUTING: Entry = { builtin: 'POSTROUTING', chain: chainOf.postrouting };

/** polywan's part of raw, mangle and nat, per family. */
export function iptablesTables(
  site: Site,
  facts: KernelState,
  uplinks: readonly Uplink[],
  frontend: Frontend,
): readonly Table[] {
  return siteFamilies(site).flatMap((family) => {
    const place = (name: string) => ({ frontend, family: header(family), name });
    const mangle = [
      ...markChains(site, uplinks, family),
      ...site.policies.flatMap((policy) => policyChains(site, policy, family, uplinks)),
      ...steeringChains(site, family),
      ...forwardChains(site),
    ];
    const nat = natChains(site, facts, uplinks, family);
    return [
      ownTable(place('raw'), [PREROUTING, OUTPUT], notrackChains(site)),
      ownTable(place('mangle'), [PREROUTING, OUTPUT, FORWARD], mangle),
      ownTable(place('nat'), [PREROUTING, OUTPUT, POSTROUTING], nat),
    ].filter((table) => table !== undefined);
  });
}

/** The sets that steering rules name; a user or the resolver fills them. */
export function steeringIpSets(site: Site): readonly IpSet[] {
  const word: Readonly<Record<Family, string>> = { ipv4: 'inet', ipv6: 'inet6' };
  return destinationSets(site).flatMap((set) =>
    siteFamilies(site).map((family) => ({
      name: set.ipset[family],
      type: 'hash:net',
      // maxelem is what ipset(8) gives a set that names none: written out, so that a listing equals the wish.
      options: `family ${word[family]} maxelem 65536`,
      elements: [],
    })),
  );
}
