import type { KernelState } from '../../kernel/state.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import type { Plan, PlannedWan } from '../../plan/plan.ts';
import type { ProbeBinding } from './binding.ts';

/** How each WAN's probes are to be held to it now; a WAN without its interface has none. */
export function bindingsOf(plan: Plan, facts: KernelState): ReadonlyMap<string, ProbeBinding> {
  const found = plan.wans.flatMap((wan) => {
    const link = facts.links.find(({ name }) => name === wan.interface);
    if (link === undefined || wan.probes.length === 0) return [];
    const { name, families, probes, health } = wan;
    const binding: ProbeBinding = {
      wan: name,
      interface: wan.interface,
      ifindex: link.index,
      mark: { value: wan.mark, mask: plan.markMask },
      families,
      addresses: byFamily((family) => ownAddress(plan, wan, family)),
      gateways: gatewaysOf(wan),
      probes,
      health,
    };
    return [[name, binding] as const];
  });
  return new Map(found);
}

/** The first that leads to no other WAN: of those that share one, the `from` rule of the first is asked first. */
function ownAddress({ wans }: Plan, wan: PlannedWan, family: Family): string | undefined {
  const others = wans.slice(0, wans.indexOf(wan)).flatMap(({ addresses }) => addresses);
  return wan.addresses.find(
    (own) => own.family === family && !others.some(({ address }) => address === own.address),
  )?.address;
}

function byFamily(value: (family: Family) => string | undefined): ProbeBinding['addresses'] {
  return Object.fromEntries(
    FAMILIES.flatMap((family) => {
      const found = value(family);
      return found === undefined ? [] : [[family, found]];
    }),
  );
}

function gatewaysOf({ gateways }: PlannedWan): ProbeBinding['gateways'] {
  return Object.fromEntries(
    Object.entries(gateways).map(([family, gateway]) => [family, gateway.address ?? null]),
  );
}
