import type { Site } from '../config/site.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Family } from '../net/family.ts';
import { isNamed } from '../net/interface-pattern.ts';
import { mergePrefixes, type Prefix } from '../net/prefix.ts';

/** Whether it is one of the site's inside interfaces. */
export function isLan(site: Site, device: string): boolean {
  return site.lan.some((name) => isNamed(name, device));
}

/** The networks connected to inside interfaces now, merged. */
export function lanNetworks(site: Site, facts: KernelState, family: Family): readonly Prefix[] {
  const found = facts.addresses.filter(
    (address) => address.family === family && address.scope === 0 && isLan(site, address.device),
  );
  return mergePrefixes(found.map(({ address, length }) => ({ family, address, length })));
}
