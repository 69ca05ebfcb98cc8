import type { Route } from '../../kernel/routing.ts';
import type { Family } from '../../net/family.ts';
import type { Machine } from '../machine.ts';
import { MADE_UP } from './assume-routing.ts';
import { saidDevice } from './made-tables.ts';
import type { MarkExit } from './mark-exits.ts';

/** A machine all of whose gateways have a device, and what had to be taken for that. */
interface StoodIn {
  readonly machine: Machine;
  readonly assumed: readonly string[];
}

/**
 * A script may name gateways alone: their devices come with addresses that are set elsewhere. Each gateway is behind the
 * uplink that the rules say its table is for, or else behind one of its own.
 */
export function withStandInDevices(machine: Machine, family: Family, exits: readonly MarkExit[]): StoodIn {
  const { state } = machine;
  const devices = new Map<string, string>();
  for (const { table, hops } of state.routes.filter((route) => route.family === family)) {
    const said = state.policyRules
      .filter(
        (rule) => rule.family === family && rule.action.kind === 'lookup' && rule.action.table === table,
      )
      .flatMap((rule) => saidDevice(machine, exits, rule) ?? []);
    for (const { gateway, device } of hops)
      if (gateway !== undefined && device === undefined && !devices.has(gateway))
        devices.set(gateway, said[0] ?? `${MADE_UP}${gateway}`);
  }
  if (devices.size === 0) return { machine, assumed: [] };
  const routes = state.routes.map((route) => withDevices(route, devices));
  const ways = [...devices].map(([gateway, device]) => `${gateway} by ${device}`);
  return {
    machine: { ...machine, state: { ...state, routes } },
    assumed: [
      `no devices were given for gateways: each is taken to be behind a WAN of its own (${ways.join(', ')})`,
    ],
  };
}

function withDevices(route: Route, devices: ReadonlyMap<string, string>): Route {
  const hops = route.hops.map((hop) => {
    const device = hop.device === undefined ? devices.get(hop.gateway ?? '') : undefined;
    return device === undefined ? hop : { ...hop, device };
  });
  return { ...route, hops };
}
