import { devicesOf, LOCAL_TABLE, type Route } from '../../kernel/routing.ts';
import type { Family } from '../../net/family.ts';
import { isLinkLocal } from '../../net/link-local.ts';
import type { Machine } from '../machine.ts';

/** Interfaces that lead outside: by their role, else where default routes leave. No patterns. */
export function outsideNames(machine: Machine, family: Family): readonly string[] {
  const named = exact(machine.roles.wans);
  const devices = defaultRoutes(machine, family).flatMap(devicesOf);
  return [...new Set([...named, ...devices])];
}

/** Interfaces with a network of ours behind them: by their role, else the connected ones that lead nowhere else. */
export function insideNames(machine: Machine, family: Family): readonly string[] {
  const named = exact(machine.roles.lans);
  if (named.length > 0) return named;
  const outside = new Set([...outsideNames(machine, family), ...machine.roles.wans, 'lo']);
  const connected = machine.state.routes.filter((route) => route.family === family && isConnected(route));
  return [...new Set(connected.flatMap(devicesOf))].filter((name) => !outside.has(name));
}

function exact(names: readonly string[]): readonly string[] {
  return names.filter((name) => !/[*+]$/.test(name));
}

/** A network on the link, as an address brings it. */
export function isConnected({ type, table, destination, hops }: Route): boolean {
  return (
    type === 'unicast' &&
    table !== LOCAL_TABLE &&
    destination.length > 0 &&
    !isLinkLocal(destination.address) &&
    hops.length === 1 &&
    hops[0]?.gateway === undefined &&
    hops[0]?.device !== undefined
  );
}

export function defaultRoutes({ state }: Machine, family: Family): readonly Route[] {
  return state.routes.filter(
    (route) => route.family === family && route.destination.length === 0 && route.type === 'unicast',
  );
}
