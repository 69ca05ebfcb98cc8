import { OWN_CHAIN_PREFIX } from '../../kernel/ownership.ts';

const chain = (rest: string): string => `${OWN_CHAIN_PREFIX}${rest}`;

/**
 * Chain names end at 28 characters: `polywan-` and 20 more. Names of WANs and policies have at most 15, so a prefix of
 * up to five fits. Where a WAN and a policy meet, the policy goes by its place in the site.
 */
export const chainOf = {
  prerouting: chain('pre'),
  output: chain('out'),
  forward: chain('fwd'),
  postrouting: chain('post'),
  restore: chain('restore'),
  inside: chain('inside'),
  mss: chain('mss'),
  wan: (wan: string) => chain(`wan-${wan}`),
  policy: (policy: string) => chain(`pol-${policy}`),
  stick: (policyIndex: number, wan: string) => chain(`s${policyIndex}-${wan}`),
  lastResort: (kind: 'unreachable' | 'blackhole') => chain(`last-${kind}`),
  forwards: (wan: string) => chain(`dnat-${wan}`),
  /** Chains of steering rules, `polywan-steer`, `polywan-steer-2` …: see steering.ts. */
  steering: (index: number) => chain(index === 0 ? 'steer' : `steer-${index + 1}`),
  steeringRouter: (index: number) => chain(index === 0 ? 'local' : `local-${index + 1}`),
} as const;
