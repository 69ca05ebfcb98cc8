import type { Check } from '../check.ts';
import { bothFrontendsLoaded } from '../checks/both-frontends-loaded.ts';
import { familiesDiffer } from '../checks/families-differ.ts';
import { iptablesNftListing } from '../checks/iptables-nft-listing.ts';
import { jumpLoop } from '../checks/jump-loop.ts';
import { missingCommit } from '../checks/missing-commit.ts';
import { undefinedChainOrSet } from '../checks/undefined-chain-or-set.ts';
import { unknownTarget } from '../checks/unknown-target.ts';
import { unreachableRule } from '../checks/unreachable-rule.ts';

export const RULESETS_CHECKS: readonly Check[] = [
  missingCommit,
  undefinedChainOrSet,
  jumpLoop,
  unreachableRule,
  unknownTarget,
  familiesDiffer,
  iptablesNftListing,
  bothFrontendsLoaded,
];
