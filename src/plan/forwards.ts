import type { PortForward, Site } from '../config/site.ts';
import type { Family } from '../net/family.ts';
import { siteFamilies, type Uplink } from './uplinks.ts';

/** The forwards of one WAN: its profile's, then the site's, which count for every WAN. */
export function forwardsOf(site: Site, uplink: Uplink, family: Family): readonly PortForward[] {
  if (!uplink.wan.families.includes(family)) return [];
  return [...uplink.wan.portForwards, ...site.portForwards].filter((forward) => forward.to.family === family);
}

/** One port to one address, the target's port named or kept. */
export interface ForwardedPort {
  readonly forward: PortForward;
  readonly port: number;
  readonly address: string;
  readonly toPort: number;
}

/** Forwards that change the port, port by port (a range moves as a whole: 8000–8002 to 9000–9002). */
export function movedPorts(forwards: readonly PortForward[]): readonly ForwardedPort[] {
  return forwards.flatMap((forward) => {
    const { port: first, address } = forward.to;
    if (first === undefined) return [];
    const length = forward.port.to - forward.port.from + 1;
    return Array.from({ length }, (_, index) => ({
      forward,
      port: forward.port.from + index,
      address,
      toPort: first + index,
    }));
  });
}

/** Forwards that keep the port. */
export function keptPorts(forwards: readonly PortForward[]): readonly PortForward[] {
  return forwards.filter((forward) => forward.to.port === undefined);
}

/** Addresses that any forward leads to, where clients inside may ask for them too. */
export function hairpinTargets(site: Site, uplinks: readonly Uplink[], family: Family): readonly string[] {
  if (site.lan.length === 0) return [];
  const targets = uplinks.flatMap((uplink) =>
    forwardsOf(site, uplink, family).map((forward) => forward.to.address),
  );
  return siteFamilies(site).includes(family) ? [...new Set(targets)] : [];
}
