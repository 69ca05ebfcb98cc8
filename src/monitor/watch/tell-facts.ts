import type { Site, Wan } from '../../config/site.ts';
import type { KernelState } from '../../kernel/state.ts';
import { type DeviceFacts, factsByDevice } from '../../plan/device-facts.ts';
import { findGateway, wanAddresses } from '../../plan/gateways.ts';
import type { AddressEvent, GatewayEvent, LinkEvent, LinkState } from '../event.ts';

export type FactEvent = LinkEvent | AddressEvent | GatewayEvent;

/** Everything that the machine's facts say of the WANs; told again, what is known already changes nothing. */
export function tellFacts(site: Site, facts: KernelState): readonly FactEvent[] {
  const factsOf = factsByDevice(facts);
  return site.wans.flatMap((wan) => tellWan(wan, factsOf(wan.interface)));
}

function tellWan(wan: Wan, device: DeviceFacts): readonly FactEvent[] {
  return [
    { kind: 'link', wan: wan.name, state: linkState(device) } as const,
    ...wan.families.flatMap((family) => {
      const addresses = wanAddresses(wan, device)
        .filter((address) => address.family === family)
        .map(({ address }) => address);
      const found = findGateway(wan, family, device);
      const gateway = found === undefined ? {} : { gateway: found.address ?? 'device' };
      return [
        { kind: 'address', wan: wan.name, family, addresses } as const,
        { kind: 'gateway', wan: wan.name, family, ...gateway } as const,
      ];
    }),
  ];
}

/** Remembers what was told. */
export interface ToldFacts {
  /** Those of these that are new, or have changed; they count as told now. */
  add(events: readonly FactEvent[]): readonly FactEvent[];
  /** Whoever was told begins anew. */
  forget(): void;
}

export function toldFacts(): ToldFacts {
  const known = new Map<string, string>();
  return {
    add: (events) =>
      events.filter((event) => {
        const text = JSON.stringify(event);
        const subject = subjectOf(event);
        if (known.get(subject) === text) return false;
        known.set(subject, text);
        return true;
      }),
    forget: () => known.clear(),
  };
}

/** What a fact is about; a later word about the same takes its place. */
function subjectOf(event: FactEvent): string {
  return `${event.kind} ${event.wan} ${'family' in event ? event.family : ''}`;
}

function linkState({ link }: DeviceFacts): LinkState {
  if (link === undefined) return 'gone';
  if (!link.up) return 'down';
  return link.carrier ? 'up' : 'no-carrier';
}
