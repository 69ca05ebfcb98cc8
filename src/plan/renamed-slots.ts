import type { Site } from '../config/site.ts';
import type { Allocation, PlannedWan } from './plan.ts';

type Named = Pick<PlannedWan, 'name' | 'interface'>;

/**
 * The allocation of an earlier plan under the names that WANs have now. A WAN that only got another name is known by its
 * interface, and keeps its number: its connections carry the mark.
 */
export function withNewNames(
  { slots }: Allocation,
  before: readonly Named[],
  { wans }: Pick<Site, 'wans'>,
): Allocation {
  const added = wans.filter(({ name }) => !has(before, name));
  const newNameOf = (name: string): string | undefined => {
    const old = before.find((wan) => wan.name === name);
    if (old === undefined || has(wans, name) || !isAlone(old, before)) return undefined;
    return added.find((wan) => wan.interface === old.interface && isAlone(wan, wans))?.name;
  };
  const entries = Object.entries(slots).map(([name, slot]) => [newNameOf(name) ?? name, slot] as const);
  return { slots: Object.fromEntries(entries) };
}

function has(wans: readonly Named[], name: string): boolean {
  return wans.some((wan) => wan.name === name);
}

/** Of two WANs on one interface nothing tells which is which. */
function isAlone({ interface: device }: Named, wans: readonly Named[]): boolean {
  return wans.filter((wan) => wan.interface === device).length === 1;
}
