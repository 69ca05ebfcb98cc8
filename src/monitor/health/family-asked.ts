import { familyWritten } from '../../config/probe-host.ts';
import type { Probe } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import type { WanState } from './state.ts';
import type { Track } from './track.ts';

/**
 * The family a probe says something of: that of the address it asks, or in which its name was last found; of the gateway
 * for arp. Undefined: of all of them, as nobody can tell.
 */
export function familyAsked(
  probe: Probe,
  track: Track,
  { wan, families }: Pick<WanState, 'wan' | 'families'>,
): Family | undefined {
  switch (probe.kind) {
    case 'ping':
      // One child asks one family for as long as it lives, a name in the first that the WAN has.
      return familyWritten(probe) ?? wan.families[0];
    case 'tcp':
    case 'dns':
    case 'http':
      return familyWritten(probe) ?? track.family;
    case 'arp':
      return families.ipv4?.gateway == null && families.ipv6?.gateway != null ? 'ipv6' : wan.families[0];
    case 'command':
      return undefined;
  }
}
