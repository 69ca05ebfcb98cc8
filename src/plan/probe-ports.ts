import type { Site } from '../config/site.ts';
import type { PortRange } from '../net/port-range.ts';
import { steersRouter } from './steering-match.ts';

/**
 * Source ports of the monitor's tcp, dns and http probes. By them the output chain knows sockets that are bound to a WAN's
 * own address from the router's other connections, which may have the same address by chance: these are steered, probes
 * must not be. Beyond the ports the kernel gives by itself (up to 60999, net.ipv4.ip_local_port_range), so that nothing
 * else has one; as many as connections that linger for a minute (TIME_WAIT) leave room for at one target.
 */
export const PROBE_PORTS: PortRange = { from: 61_440, to: 61_951 };

/** Whether a probe of the site could be steered away from its WAN. */
export function probesCouldBeSteered(site: Site): boolean {
  const bound: readonly string[] = ['tcp', 'dns', 'http'];
  return (
    steersRouter(site) && site.wans.some(({ probes }) => probes.some(({ kind }) => bound.includes(kind)))
  );
}
