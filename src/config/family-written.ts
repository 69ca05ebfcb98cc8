import type { Family } from '../net/family.ts';
import { parseAddress } from '../net/prefix.ts';
import type { Probe } from './site.ts';

/** The family of the address that a probe is to ask; undefined where it asks a name, the gateway, or is a command. */
export function familyWritten(probe: Probe): Family | undefined {
  switch (probe.kind) {
    case 'ping':
      return familyOf(probe.target);
    case 'tcp':
      return familyOf(probe.host);
    case 'dns':
      return familyOf(probe.server);
    case 'http':
      return familyOf(new URL(probe.url).hostname.replace(/^\[(.*)\]$/, '$1'));
    case 'arp':
    case 'command':
      return undefined;
  }
}

function familyOf(host: string): Family | undefined {
  return parseAddress(host)?.family;
}
