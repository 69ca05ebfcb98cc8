import { devicesOf, MAIN_TABLE } from '../../kernel/routing.ts';
import type { Family } from '../../net/family.ts';
import type { Machine } from '../machine.ts';
import { assumedWorlds, insides, routerWith } from './assume-routing.ts';
import { defaultRoute, firstRules, lastRules } from './build-routing.ts';
import { withFilledSets } from './filled-sets.ts';
import { givenWorlds, rulesOf } from './given-routing.ts';
import { markExits } from './mark-exits.ts';
import { routingFields } from './routing-fields.ts';
import type { World, WorldParts } from './world.ts';

const KNOWN = new WeakMap<Machine, Map<Family, World>>();

/** One world of the machine for flows that show what a finding means: with all of its tables, whether marks route or not. */
export function plainWorld(machine: Machine, family: Family): World {
  const known = KNOWN.get(machine) ?? new Map<Family, World>();
  KNOWN.set(machine, known);
  const world = known.get(family) ?? makeWorld(machine, family);
  known.set(family, world);
  return world;
}

function makeWorld(machine: Machine, family: Family): World {
  const { state, given } = machine;
  const parts: WorldParts = {
    machine: { ...machine, state: withFilledSets(state) },
    family,
    all: state.tables,
    exits: markExits(machine, family),
  };
  const rules = state.policyRules.filter((rule) => rule.family === family);
  const isGiven = rules.length > 0 || given.policyRules.has(family);
  const isRouted = state.routes.some((route) => route.family === family);
  const bits = rules.reduce((sum, { selector }) => (sum | (selector.fwmark?.mask ?? 0)) >>> 0, 0);
  const hasMain = state.routes.some(
    ({ table, destination, family: of }) => of === family && table === MAIN_TABLE && destination.length === 0,
  );
  if (isRouted && !hasMain && !given.whole) return withoutMain(parts, bits);
  const [world] =
    isGiven || isRouted ? givenWorlds(parts, bits) : assumedWorlds(parts, routingFields(state, family));
  return world ?? bareWorld(parts);
}

/** Of a script that makes policy rules and tables, or of one table's listing, main's default is nowhere said. */
function withoutMain({ machine, family, all }: WorldParts, bits: number): World {
  const { state, roles } = machine;
  const own = state.routes.filter((route) => route.family === family);
  const taken = own.flatMap(devicesOf);
  const lans = insides(machine);
  const named = [...roles.wans.filter((name) => !/[*+]$/.test(name)), 'wan0', 'wan1'];
  const main = named.find((name) => !taken.includes(name) && !lans.includes(name)) ?? named[0] ?? 'wan0';
  const out = own.filter(({ destination }) => destination.length === 0);
  const wans = [...new Set([main, ...out.flatMap(devicesOf)])];
  const rules = rulesOf(state, family);
  const routes = [...own, defaultRoute(family, MAIN_TABLE, [main])];
  return {
    family,
    bits,
    given: true,
    routed: false,
    tables: all,
    entries: [],
    wans,
    lans,
    state: routerWith(state, family, { wans, lans, policyRules: rules, routes }),
    assumed: [`main's default was not given: taken to be by ${main}`],
  };
}

/** Nothing routes by marks, as far as can be seen: what is not for a network inside leaves by one uplink. */
function bareWorld({ machine, family, all }: WorldParts): World {
  const named = machine.roles.wans.map((name) => name.replace(/[*+]$/, '0'));
  const lans = insides(machine);
  const wans = named.length > 0 ? [...new Set(named)] : ['wan0'];
  const [main = 'wan0'] = wans;
  const policyRules = [...firstRules(family).slice(0, 1), ...lastRules(family)];
  return {
    family,
    bits: 0,
    given: false,
    routed: false,
    tables: all,
    entries: [],
    wans,
    lans,
    state: routerWith(machine.state, family, {
      wans,
      lans,
      policyRules,
      routes: [defaultRoute(family, MAIN_TABLE, [main])],
    }),
    assumed: [`no routes were given: what is for the internet is taken to leave by ${main}`],
  };
}
