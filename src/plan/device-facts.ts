import { type Address, type Link, MAIN_TABLE, type Route } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';

/** What the machine knows of one interface. */
export interface DeviceFacts {
  readonly link: Link | undefined;
  readonly addresses: readonly Address[];
  /** main's default routes by it, both families. */
  readonly defaults: readonly Route[];
}

/** The facts of an interface by its name. They are gathered once: a site asks for each of its WANs. */
export function factsByDevice(facts: KernelState): (name: string) => DeviceFacts {
  const links = new Map(facts.links.map((link) => [link.name, link]));
  const addresses = listsByName(facts.addresses.map((address) => [address.device, address]));
  const defaults = listsByName(
    facts.routes
      .filter(isMainDefault)
      .flatMap((route) => route.hops.map(({ device = '' }) => [device, route] as const)),
  );
  return (name) => ({
    link: links.get(name),
    addresses: addresses.get(name) ?? [],
    defaults: defaults.get(name) ?? [],
  });
}

function isMainDefault({ table, type, destination }: Route): boolean {
  return table === MAIN_TABLE && type === 'unicast' && destination.length === 0;
}

function listsByName<T>(named: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const lists = new Map<string, T[]>();
  for (const [name, value] of named) {
    const list = lists.get(name);
    if (list === undefined) lists.set(name, [value]);
    else list.push(value);
  }
  return lists;
}
