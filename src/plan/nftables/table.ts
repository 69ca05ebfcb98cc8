import type { Site } from '../../config/site.ts';
import type { Table } from '../../kernel/netfilter.ts';
import { OWN_NFT_TABLE } from '../../kernel/ownership.ts';
import type { KernelState } from '../../kernel/state.ts';
import { siteFamilies, type Uplink } from '../uplinks.ts';
import { outputChain, preroutingChain } from './base-chains.ts';
import { destinationTranslation } from './forwards.ts';
import { markChains, wansByMark } from './mark-chains.ts';
import { mssChains, notrackChains } from './other-chains.ts';
import { policyObjects } from './policy-chains.ts';
import { steeringChains, steeringSets } from './steering.ts';
import { sourceTranslation } from './translation.ts';

/** The one table polywan owns with nftables: a chain stands before every chain that goes to it. */
export function nftTable(site: Site, facts: KernelState, uplinks: readonly Uplink[]): Table {
  const policies = site.policies.flatMap((policy) =>
    siteFamilies(site).map((family) => policyObjects(site, policy, family, uplinks)),
  );
  const source = sourceTranslation(site, facts, uplinks);
  const destination = destinationTranslation(site, uplinks);
  return {
    frontend: 'nft',
    family: 'inet',
    name: OWN_NFT_TABLE,
    sets: [
      wansByMark(uplinks),
      ...policies.flatMap((objects) => objects.sets),
      ...steeringSets(site),
      ...source.sets,
      ...destination.sets,
    ],
    chains: [
      ...markChains(site, uplinks),
      ...policies.flatMap((objects) => objects.chains),
      ...steeringChains(site),
      ...notrackChains(site),
      preroutingChain(site, uplinks),
      outputChain(site),
      ...mssChains(site),
      ...destination.chains,
      ...source.chains,
    ],
  };
}
