import type { Family } from '../net/family.ts';
import { parseAddress } from '../net/prefix.ts';
import type { Probe } from './site.ts';

/** The host a probe asks, as it is written; undefined for what asks the next hop or runs a program. */
export function probeHost(probe: Probe): string | undefined {
  switch (probe.kind) {
    case 'ping':
      return probe.target;
    case 'dns':
      return probe.server;
    case 'http':
      return new URL(probe.url).hostname.replace(/^\[(.*)\]$/, '$1');
    case 'tcp':
      return probe.host;
    case 'arp':
    case 'command':
      return undefined;
  }
}

/** The family of the address that a probe is to ask; undefined where it asks a name, the gateway, or is a command. */
export function familyWritten(probe: Probe): Family | undefined {
  return parseAddress(probeHost(probe) ?? '')?.family;
}
