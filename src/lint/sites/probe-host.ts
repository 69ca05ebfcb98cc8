import type { Probe, Wan } from '../../config/site.ts';
import { parseAddress } from '../../net/prefix.ts';

/** The host a probe asks, canonical where it is an address; undefined for what asks the next hop or a program. */
export function probeHost(probe: Probe): string | undefined {
  switch (probe.kind) {
    case 'ping':
      return canonical(probe.target);
    case 'dns':
      return canonical(probe.server);
    case 'http':
      return canonical(new URL(probe.url).hostname.replace(/^\[(.*)\]$/, '$1'));
    case 'tcp':
      return canonical(probe.host);
    case 'arp':
    case 'command':
      return undefined;
  }
}

function canonical(host: string): string {
  return parseAddress(host)?.address ?? host.toLowerCase();
}

/** Whether the WAN goes down when this host alone stops answering. The gateway is asked where nothing else is. */
export function dependsOn({ probes, health }: Wan, host: string): boolean {
  const others = probes.filter((probe) => probe.kind !== 'arp' && probeHost(probe) !== host);
  return others.length < probes.length && others.length < health.quorum;
}
