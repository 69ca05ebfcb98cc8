import type { Site } from '../config/site.ts';
import type { KernelState, Sysctl } from '../kernel/state.ts';
import { sysctlKey } from '../kernel/sysctl-key.ts';
import { siteFamilies, type Uplink } from './uplinks.ts';

/** Only what the site needs, whatever the machine has; the values before are kept for `remove`. */
export function planSysctls(site: Site, facts: KernelState, uplinks: readonly Uplink[]): readonly Sysctl[] {
  const families = siteFamilies(site);
  const present = uplinks.filter((uplink) => facts.links.some((link) => link.name === uplink.wan.interface));
  const sysctls: Sysctl[] = [];
  for (const uplink of present)
    sysctls.push(...reversePath(uplink, facts), ...routerAdvertisements(uplink, facts));
  // Last: a kernel that begins to forward IPv6 forgets the default routes that came by router advertisement, but those
  // of interfaces whose accept_ra is 2 (rt6_purge_dflt_routers).
  if (families.includes('ipv4')) sysctls.push({ key: 'net.ipv4.ip_forward', value: '1' });
  if (families.includes('ipv6')) sysctls.push({ key: 'net.ipv6.conf.all.forwarding', value: '1' });
  const unique = new Map(sysctls.map((sysctl) => [sysctl.key, sysctl]));
  return [...unique.values()];
}

/** Strict rp_filter drops what comes in by a WAN that main would not use, unless it asks with the mark (kernel-facts 5.9). */
function reversePath(uplink: Uplink, facts: KernelState): readonly Sysctl[] {
  if (!uplink.wan.families.includes('ipv4')) return [];
  const device = uplink.wan.interface;
  const strict = Math.max(
    ...['all', device].map((name) => Number(sysctlValue(facts, sysctlKey('ipv4', name, 'rp_filter')) ?? 0)),
  );
  return strict === 1 ? [{ key: sysctlKey('ipv4', device, 'src_valid_mark'), value: '1' }] : [];
}

/** A forwarding machine ignores router advertisements unless accept_ra is 2: without it the WAN's default route ages out. */
function routerAdvertisements(uplink: Uplink, facts: KernelState): readonly Sysctl[] {
  if (!uplink.wan.families.includes('ipv6') || uplink.wan.gateway.ipv6.kind !== 'auto') return [];
  const key = sysctlKey('ipv6', uplink.wan.interface, 'accept_ra');
  const now = sysctlValue(facts, key);
  return now === undefined || now === '0' ? [] : [{ key, value: '2' }];
}

function sysctlValue(facts: KernelState, key: string): string | undefined {
  return facts.sysctls.find((sysctl) => sysctl.key === key)?.value;
}
