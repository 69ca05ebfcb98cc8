import { FAMILIES } from '../net/family.ts';
import type { PlanWarning } from './plan.ts';
import type { Uplink } from './uplinks.ts';

/**
 * Modems hand out the same private address again and again. What is bound to one that two WANs have leaves by the first of
 * them: a `from` rule cannot tell them apart, and the monitor's sockets of the second stay unasked.
 */
export function sharedAddressWarnings(uplinks: readonly Uplink[]): readonly PlanWarning[] {
  return uplinks.flatMap((uplink, at) =>
    FAMILIES.flatMap((family) => {
      const own = uplink.addresses.filter((address) => address.family === family);
      return own.flatMap(({ address }): readonly PlanWarning[] => {
        const first = uplinks
          .slice(0, at)
          .find((other) => other.addresses.some((one) => one.address === address));
        if (first === undefined) return [];
        const { name, origin } = uplink.wan;
        const message = `WANs ${first.wan.name} and ${name} both have the address ${address}: what the router binds to it leaves by ${first.wan.name}, and tcp, dns and http probes of ${name} cannot be asked; ping and arp probes can${cure(first, uplink)}`;
        return [{ message, origin }];
      });
    }),
  );
}

function cure(first: Uplink, second: Uplink): string {
  return first.wan.interface === second.wan.interface ? '; give each its own by snat' : '';
}
