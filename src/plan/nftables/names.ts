import type { Family } from '../../net/family.ts';

/**
 * Names in table `inet polywan`. Each begins with what it is, so that no name of a user can be an nft keyword; a dot, which
 * those do not have, keeps two of them apart.
 */
export const chainOf = {
  /** Sets packet mark and connmark. */
  wan: (wan: string) => `wan_${wan}`,
  policy: (policy: string, family: Family) => `policy_${policy}_${family}`,
  stick: (policy: string, wan: string, family: Family) => `stick_${policy}.${wan}_${family}`,
  lastResort: (kind: 'unreachable' | 'blackhole') => `last_${kind}`,
  forwards: (wan: string, family: Family) => `forwards_${wan}_${family}`,
  steering: 'steering',
  steeringRouter: 'steering_router',
} as const;

export const setOf = {
  wansByMark: 'wans_by_mark',
  slots: (policy: string, family: Family) => `slots_${policy}_${family}`,
  sticky: (policy: string, wan: string, family: Family) => `sticky_${policy}.${wan}_${family}`,
  sources: (wan: string, family: Family) => `sources_${wan}_${family}`,
  forwards: (wan: string, family: Family) => `ports_${wan}_${family}`,
  forwardRanges: (wan: string, family: Family) => `ranges_${wan}_${family}`,
  addresses: (wan: string, family: Family) => `addresses_${wan}_${family}`,
  lanNetworks: (family: Family) => `lan_networks_${family}`,
} as const;
