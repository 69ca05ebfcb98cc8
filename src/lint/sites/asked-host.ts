import { probeHost } from '../../config/probe-host.ts';
import type { Probe, Wan } from '../../config/site.ts';
import { parseAddress } from '../../net/prefix.ts';

/** The host a probe asks, in one spelling; undefined for what asks the next hop or runs a program. */
export function askedHost(probe: Probe): string | undefined {
  const host = probeHost(probe);
  return host === undefined ? undefined : (parseAddress(host)?.address ?? host.toLowerCase());
}

/** Whether the WAN goes down when this host alone stops answering. The gateway is asked where nothing else is. */
export function dependsOn({ probes, health }: Wan, host: string): boolean {
  const others = probes.filter((probe) => probe.kind !== 'arp' && askedHost(probe) !== host);
  return others.length < probes.length && others.length < health.quorum;
}
