import { DEFAULT_TABLE, LOCAL_TABLE, MAIN_TABLE, type PolicyRule, type Route } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import type { Machine } from '../machine.ts';
import { insides, MADE_UP, routerWith } from './assume-routing.ts';
import { defaultRoute, firstRules, lastRules } from './build-routing.ts';
import { isAmong, type MarkExit } from './mark-exits.ts';
import { withAddresses } from './with-addresses.ts';
import type { World, WorldParts } from './world.ts';

/** The policy rules are given; where routes are not, each table they name leads out of an uplink of its own. */
export function givenWorlds(
  { machine, family, all: tables, exits }: WorldParts,
  bits: number,
): readonly World[] {
  const { state, roles } = machine;
  const routes = state.routes.filter((route) => route.family === family);
  const entries = exits.filter(({ entry }) => entry);
  const base = { family, bits, given: true, lans: insides(machine), entries, tables };
  if (routes.length > 0) {
    const out = routes.filter(({ destination, type }) => destination.length === 0 && type === 'unicast');
    const named = out.flatMap(({ hops }) => hops.flatMap(({ device }) => device ?? []));
    const wans = [...new Set([...named, ...roles.wans.filter((name) => !/[*+]$/.test(name))])];
    const inside = base.lans.filter((name) => !wans.includes(name));
    const lans = inside.filter((name) =>
      routes.some(({ hops }) => hops.some(({ device }) => device === name)),
    );
    return [
      {
        ...base,
        lans: lans.length > 0 ? lans : inside,
        routed: true,
        wans,
        state: withAddresses(state, family),
        assumed: [],
      },
    ];
  }
  const made = madeRoutes(machine, family, exits);
  return mainDefaults(machine, made).map((main) => {
    const all = [...made, defaultRoute(family, MAIN_TABLE, [main])];
    const wans = [...new Set(all.flatMap(({ hops }) => hops.flatMap(({ device }) => device ?? [])))];
    const parts = { wans, lans: base.lans, policyRules: rulesOf(state, family), routes: all };
    const said = all.map(sayRoute).join(', ');
    return {
      ...base,
      routed: false,
      wans,
      state: routerWith(state, family, parts),
      assumed: [`no routes were given: each table is taken to lead out of a WAN of its own (${said})`],
    };
  });
}

/** An uplink without a table of its own; where all have one, main's default is one of them, and it matters which. */
function mainDefaults({ roles }: Machine, made: readonly Route[]): readonly string[] {
  const taken = [...new Set(made.flatMap(({ hops }) => hops.flatMap(({ device }) => device ?? [])))];
  const free = roles.wans.find((name) => !/[*+]$/.test(name) && !taken.includes(name));
  if (free !== undefined) return [free];
  const known = taken.filter((name) => isAmong(name, roles.wans));
  return known.length < 2 ? [`${MADE_UP}main`] : known.slice(0, 2);
}

function sayRoute({ table, hops }: Route): string {
  return `${table === MAIN_TABLE ? 'main' : table} by ${hops.map(({ device }) => device).join(' or ')}`;
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

/** A default for each table that a policy rule names. */
function madeRoutes(machine: Machine, family: Family, exits: readonly MarkExit[]): readonly Route[] {
  const { state, roles } = machine;
  const rules = state.policyRules.filter((rule) => rule.family === family);
  const devices = new Map<number, readonly string[]>();
  for (const { action, selector } of rules) {
    if (action.kind !== 'lookup' || devices.has(action.table) || isOwn(action.table)) continue;
    const { fwmark } = selector;
    const tied = exits.filter(
      (exit) => fwmark !== undefined && (exit.mask & fwmark.mask) !== 0 && exit.value === fwmark.value,
    );
    const named = nameOf(state, action.table);
    const known = named !== undefined && isAmong(named, [...roles.wans, ...roles.others]) ? [named] : [];
    const found = [...known, ...tied.map(({ device }) => device)].slice(0, 1);
    devices.set(action.table, found.length > 0 ? found : [`${MADE_UP}table-${named ?? action.table}`]);
  }
  return [...devices].map(([table, names]) => defaultRoute(family, table, names));
}

function isOwn(table: number): boolean {
  return table === LOCAL_TABLE || table === MAIN_TABLE || table === DEFAULT_TABLE;
}

/** The table's name in rt_tables. */
function nameOf({ files }: KernelState, table: number): string | undefined {
  for (const { path, text } of files) {
    if (!path.includes('rt_tables')) continue;
    const found = new RegExp(`^\\s*${table}\\s+(\\S+)`, 'm').exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}
