import { devicesOf, LOCAL_TABLE, MAIN_TABLE, type PolicyRule, type Route } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import type { Machine } from '../machine.ts';
import { tableName } from '../routes/ip-command.ts';
import { insides, MADE_UP, routerWith } from './assume-routing.ts';
import { defaultRoute, firstRules, lastRules } from './build-routing.ts';
import { madeTables } from './made-tables.ts';
import { isAmong } from './mark-exits.ts';
import { withStandInDevices } from './stand-in-devices.ts';
import { withAddresses } from './with-addresses.ts';
import type { World, WorldParts } from './world.ts';

/**
 * The policy rules are given. A table they name leads out of an uplink of its own where its routes are not, and so does
 * main where all that is known of it was added.
 */
export function givenWorlds(found: WorldParts, bits: number): readonly World[] {
  const { machine, assumed } = withStandInDevices(found.machine, found.family, found.exits);
  const made = worldsOf({ ...found, machine }, bits);
  return assumed.length === 0
    ? made
    : made.map((world) => ({ ...world, assumed: [...assumed, ...world.assumed] }));
}

function worldsOf(parts: WorldParts, bits: number): readonly World[] {
  const { machine, family, exits } = parts;
  const made = madeTables(machine, family, exits);
  if (isMainKnown(machine, family)) return [routedWorld(parts, bits, made)];
  const routes = machine.state.routes.filter((route) => route.family === family);
  return mainDefaults(machine, [...routes, ...made]).map((main) =>
    madeWorld(parts, bits, routes, [...made, defaultRoute(family, MAIN_TABLE, [main])]),
  );
}

/** A listing that has nothing of main and of the machine's own addresses is another table's. */
function isMainKnown({ state, given }: Machine, family: Family): boolean {
  const main = state.routes.filter((route) => route.family === family && route.table === MAIN_TABLE);
  if (given.whole || main.some(({ destination }) => destination.length === 0)) return true;
  const isListed = (route: Route) => route.table === MAIN_TABLE || route.table === LOCAL_TABLE;
  return given.routes.has(family) && state.routes.some((route) => route.family === family && isListed(route));
}

/** Addresses are those that the routes say. */
function routedWorld(
  { machine, family, all: tables, exits }: WorldParts,
  bits: number,
  made: readonly Route[],
): World {
  const { state, roles } = machine;
  const routes = [...state.routes.filter((route) => route.family === family), ...made];
  const out = routes.filter(({ destination, type }) => destination.length === 0 && type === 'unicast');
  const wans = [...new Set([...out.flatMap(devicesOf), ...wholeNames(roles.wans)])];
  const inside = insides(machine).filter((name) => !wans.includes(name));
  const lans = inside.filter((name) => routes.some((route) => devicesOf(route).includes(name)));
  return {
    family,
    bits,
    given: true,
    routed: true,
    tables,
    entries: exits.filter(({ entry }) => entry),
    wans,
    lans: lans.length > 0 ? lans : inside,
    state: withAddresses({ ...state, routes: [...state.routes, ...made] }, family),
    assumed: made.length === 0 ? [] : [sayMade(machine, 'some tables', made)],
  };
}

/** All around the routes that are known is made up, too. */
function madeWorld(
  { machine, family, all: tables, exits }: WorldParts,
  bits: number,
  known: readonly Route[],
  made: readonly Route[],
): World {
  const routes = [...known, ...made];
  const policyRules = rulesOf(machine.state, family);
  const wans = [...new Set(routes.filter(({ destination }) => destination.length === 0).flatMap(devicesOf))];
  const lans = insides(machine);
  return {
    family,
    bits,
    given: true,
    routed: false,
    tables,
    entries: exits.filter(({ entry }) => entry),
    wans,
    lans,
    state: routerWith(machine.state, family, { wans, lans, policyRules, routes }),
    assumed: [sayMade(machine, known.length === 0 ? '' : 'some tables', made)],
  };
}

function sayMade(machine: Machine, of: string, made: readonly Route[]): string {
  const given = of === '' ? 'no routes were given' : `no routes were given of ${of}`;
  return `${given}: each table is taken to lead out of a WAN of its own (${made.map((route) => `${tableName(machine, route.table)} by ${devicesOf(route).join(' or ')}`).join(', ')})`;
}

/** An uplink without a table of its own; where all have one, main's default is one of them, and it matters which. */
function mainDefaults({ roles }: Machine, routes: readonly Route[]): readonly string[] {
  const taken = [...new Set(routes.flatMap(devicesOf))];
  const free = wholeNames(roles.wans).find((name) => !taken.includes(name));
  if (free !== undefined) return [free];
  const known = taken.filter((name) => isAmong(name, roles.wans));
  return known.length < 2 ? [`${MADE_UP}main`] : known.slice(0, 2);
}

function wholeNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => !/[*+]$/.test(name));
}

/** With the kernel's own rules where the listing leaves them out; main's own routes are taken to come first. */
export function rulesOf({ policyRules }: KernelState, family: Family): readonly PolicyRule[] {
  const own = policyRules.filter((rule) => rule.family === family);
  const [local, ...others] = firstRules(family);
  const asks = (table: number) =>
    own.some(
      ({ action, selector }) =>
        action.kind === 'lookup' && action.table === table && Object.keys(selector).length === 0,
    );
  return [
    ...(asks(LOCAL_TABLE) || local === undefined ? [] : [local]),
    ...others,
    ...own,
    ...(asks(MAIN_TABLE) ? [] : lastRules(family)),
  ];
}
