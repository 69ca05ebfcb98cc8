import type { Policy, Site } from '../config/site.ts';
import { EMPTY_STATE, type KernelState } from '../kernel/state.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import { planFiles } from './files.ts';
import { allocate } from './geometry.ts';
import { iptablesTables, steeringIpSets } from './iptables/tables.ts';
import { nftTable } from './nftables/table.ts';
import { onLinkWarnings } from './nptv6.ts';
import { outrankedDefaults } from './outranked-defaults.ts';
import type { Plan, PlanInput, PlannedPolicy, PlannedWan } from './plan.ts';
import { planPolicyRules } from './policy-rules.ts';
import { planRoutes } from './routes.ts';
import { sharedAddressWarnings } from './shared-addresses.ts';
import { sharedMasqueradeWarnings } from './shared-interface.ts';
import { activeMembers } from './shares.ts';
import { planSysctls } from './sysctls.ts';
import { nameTables } from './table-names.ts';
import { findUplinks, type Uplink } from './uplinks.ts';
import { siteWarnings } from './warnings.ts';

/**
 * What the site asks of this machine, under this health. Pure: the same site, facts and input give the same plan, and
 * `facts` is only read for what the site leaves to the machine (gateways, addresses, present interfaces, sysctls).
 */
export function compile(site: Site, facts: KernelState, input: PlanInput): Plan {
  const { numbers, allocation } = allocate(site, facts, input.allocation);
  const { uplinks, warnings } = findUplinks(site, facts, numbers, input);
  const iptables = input.backend === 'iptables';
  const frontend = input.iptables ?? 'iptables-nft';
  const routes = planRoutes(uplinks);
  const naming = nameTables(uplinks, facts.files);
  const desired: KernelState = {
    ...EMPTY_STATE,
    routes,
    policyRules: planPolicyRules(site, uplinks),
    tables: iptables ? iptablesTables(site, facts, uplinks, frontend) : [nftTable(site, facts, uplinks)],
    ipsets: iptables ? steeringIpSets(site) : [],
    sysctls: planSysctls(site, facts, uplinks),
    files: planFiles(site, input.backend, naming.named),
  };
  return {
    desired,
    allocation,
    wans: uplinks.map(plannedWan),
    policies: site.policies.map((policy) => plannedPolicy(policy, uplinks)),
    markMask: site.markMask,
    warnings: [
      ...warnings,
      ...sharedAddressWarnings(uplinks),
      ...sharedMasqueradeWarnings(uplinks),
      ...onLinkWarnings(uplinks),
      ...outrankedDefaults(uplinks, routes, facts),
      ...naming.warnings,
      ...siteWarnings(site, facts),
    ],
    probed: site.wans.some(({ probes }) => probes.length > 0),
    hooks: site.hooks,
  };
}

function plannedWan({ wan, numbers, gateways, addresses }: Uplink): PlannedWan {
  const found: { -readonly [F in Family]?: { readonly address?: string } } = {};
  for (const [family, { address }] of gateways) found[family] = address === undefined ? {} : { address };
  return {
    name: wan.name,
    origin: wan.origin,
    interface: wan.interface,
    ...numbers,
    families: wan.families,
    gateways: found,
    addresses: addresses.map(({ family, address, length }) => ({ family, address, length })),
    metered: wan.metered,
    probes: wan.probes,
    health: wan.health,
    hooks: wan.hooks,
  };
}

function plannedPolicy(policy: Policy, uplinks: readonly Uplink[]): PlannedPolicy {
  const shares = (family: Family) => {
    const active = activeMembers(policy, family, uplinks);
    const total = active.reduce((sum, member) => sum + member.weight, 0);
    return active.map((member) => ({ wan: member.wan, sharePercent: (100 * member.weight) / total }));
  };
  const [ipv4, ipv6] = FAMILIES.map(shares);
  return {
    name: policy.name,
    origin: policy.origin,
    active: { ipv4: ipv4 ?? [], ipv6: ipv6 ?? [] },
    lastResort: policy.lastResort,
    onFailure: policy.onFailure,
    onRecovery: policy.onRecovery,
    failbackAfterMs: policy.failbackAfterMs,
  };
}
