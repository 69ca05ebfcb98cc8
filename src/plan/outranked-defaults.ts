import { isOwnRoute } from '../kernel/ownership.ts';
import type { Route } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { familyName } from '../net/family.ts';
import type { PlanWarning } from './plan.ts';
import type { Uplink } from './uplinks.ts';

/** A table that a profile names may have a default of another program, which with a lower metric is the one that counts. */
export function outrankedDefaults(
  uplinks: readonly Uplink[],
  planned: readonly Route[],
  facts: KernelState,
): readonly PlanWarning[] {
  const tables = new Set(planned.map(({ table }) => table));
  const foreign = facts.routes.filter(
    (route) => tables.has(route.table) && route.destination.length === 0 && !isOwnRoute(route),
  );
  return foreign.flatMap(({ family, table, metric, hops }): readonly PlanWarning[] => {
    const own = planned.find((route) => route.family === family && route.table === table);
    const uplink = uplinks.find(({ numbers }) => numbers.table === table);
    if (own === undefined || uplink === undefined || metric >= own.metric) return [];
    const way = hops[0]?.gateway ?? hops[0]?.device ?? 'nowhere';
    const name = familyName(family);
    const message = `WAN ${uplink.wan.name}: another program's ${name} default by ${way} in table ${table} has metric ${metric} and goes before polywan's with ${own.metric}; take it away, or give the WAN another table`;
    return [{ message, origin: uplink.wan.origin }];
  });
}
