import type { Site } from '../config/site.ts';
import { isOwnRoute } from '../kernel/ownership.ts';
import type { KernelState } from '../kernel/state.ts';
import { FIRST_TABLE, lastSlot } from './geometry.ts';
import type { Allocation } from './plan.ts';

/** The automatic numbers a state shows that the site's WANs have, from polywan's own routes by their interfaces. */
export function allocationOf(site: Site, state: KernelState): Allocation {
  const slots: Record<string, number> = {};
  const shared = (device: string) => site.wans.filter((wan) => wan.interface === device).length > 1;
  for (const wan of site.wans) {
    // Of two WANs on one interface nothing tells which is which.
    if (wan.table !== 'auto' || shared(wan.interface)) continue;
    const route = state.routes.find(
      (one) => isOwnRoute(one) && one.hops.some((hop) => hop.device === wan.interface),
    );
    const slot = (route?.table ?? 0) - FIRST_TABLE;
    if (slot > 0 && slot <= lastSlot(site)) slots[wan.name] = slot;
  }
  return { slots };
}
