import { devicesOf, MAIN_TABLE, type Route } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { formatMark, formatWord } from '../../net/mark.ts';
import type { Machine } from '../machine.ts';
import { defaultRoutes } from '../routes/interfaces.ts';
import {
  defaultRoute,
  firstRules,
  hostRoute,
  lastRules,
  localDefault,
  markRule,
  ownAddress,
} from './build-routing.ts';
import { hostAddresses } from './host-addresses.ts';
import { isAmong, type MarkExit } from './mark-exits.ts';
import type { RoutingField } from './routing-fields.ts';
import type { World, WorldParts } from './world.ts';

/** Uplinks that nothing names. */
export const MADE_UP = 'wan-of-';

/** First number of tables that are made up: no one's tables, since real ones are below 2³¹ and small. */
const FIRST_TABLE = 0x10000000;

/** Priorities of made-up rules begin here; a ruleset has far fewer marks than there is room up to main's 32766. */
const FIRST_PRIORITY = 100;

/**
 * Where policy rules are not given: one table for each value of a field of bits, each with a way out of its own; what
 * carries no mark leaves by main's default. One world for each field, as if only its bits were routed by.
 */
export function assumedWorlds(parts: WorldParts, fields: readonly RoutingField[]): readonly World[] {
  const { machine, exits } = parts;
  const entries = exits.filter(({ entry }) => entry);
  return fields.flatMap((field) => {
    const ways = new Ways(machine, field, exits, mainDevices(machine, parts.family));
    return ways.mains().map((main) => ({ ...assumedWorld(parts, field, ways, main), entries }));
  });
}

function assumedWorld(
  { machine, family, all }: WorldParts,
  field: RoutingField,
  ways: Ways,
  main: readonly string[],
): Omit<World, 'entries'> {
  const rules = field.values.map((one, at) =>
    markRule(family, FIRST_PRIORITY + at, one, tableOf(field, one.value)),
  );
  const routes = new Map<number, Route>();
  for (const one of field.values) {
    const table = tableOf(field, one.value);
    if (!routes.has(table))
      routes.set(
        table,
        one.local ? localDefault(family, table) : defaultRoute(family, table, ways.of(one.value)),
      );
  }
  const wans = [...new Set([...routes.values(), defaultRoute(family, MAIN_TABLE, main)].flatMap(devicesOf))];
  const lans = insides(machine);
  return {
    family,
    bits: field.mask,
    given: false,
    routed: false,
    tables: all,
    wans: wans.filter((name) => name !== 'lo'),
    lans,
    state: routerWith(machine.state, family, {
      wans,
      lans,
      policyRules: [...firstRules(family), ...rules, ...lastRules(family)],
      routes: [...routes.values(), defaultRoute(family, MAIN_TABLE, main)],
    }),
    assumed: [
      `no policy rules were given: marks of the bits ${formatWord(field.mask)} are taken to route, each value by a WAN of its own (${ways.said(field).join(', ')}), what has none of them by ${main.join(' or ')}`,
    ],
  };
}

/** The same value under two masks leads to one table. */
function tableOf({ values }: RoutingField, value: number): number {
  return FIRST_TABLE + values.findIndex((one) => one.value === value);
}

interface RouterParts {
  readonly wans: readonly string[];
  readonly lans: readonly string[];
  readonly policyRules: KernelState['policyRules'];
  readonly routes: readonly Route[];
}

/** A whole router around the rulesets. Its sysctls stay, but not rp_filter's: the ways back are made up as well. */
export function routerWith(
  state: KernelState,
  family: Family,
  { wans, lans, policyRules, routes }: RouterParts,
): KernelState {
  const hosts = hostAddresses(family);
  return {
    ...state,
    links: [],
    addresses: [
      ...lans.map((lan, at) => ownAddress(family, hosts.inside(at), lan)),
      ...wans.map((wan, at) => ownAddress(family, hosts.own(at), wan)),
    ],
    policyRules,
    routes: [...routes, ...lans.map((lan, at) => hostRoute(family, hosts.client(at), lan))],
    sysctls: state.sysctls.filter(({ key }) => !/\.(?:rp_filter|forwarding)$|\.ip_forward$/.test(key)),
  };
}

/** Interfaces inside by name; where none is known, one is made up. */
export function insides({ roles }: Machine): readonly string[] {
  const names = roles.lans.map((name) => name.replace(/[*+]$/, '0'));
  return names.length > 0 ? [...new Set(names)] : ['lan0'];
}

/** The devices of main's default route, of several the one with the lowest metric; none where none is given. */
function mainDevices(machine: Machine, family: Family): readonly string[] {
  const [first] = defaultRoutes(machine, family)
    .filter(({ table }) => table === MAIN_TABLE)
    .sort((a, b) => a.metric - b.metric);
  return first === undefined ? [] : devicesOf(first);
}

/** Which uplink each value leaves by. */
class Ways {
  private readonly tied = new Map<number, readonly string[]>();
  private readonly free: string[];
  private readonly main: readonly string[];

  constructor({ roles }: Machine, field: RoutingField, exits: readonly MarkExit[], main: readonly string[]) {
    this.main = main;
    for (const { value } of [{ value: 0 }, ...field.values]) {
      const own = exits.filter((exit) => (exit.mask & field.mask) !== 0 && exit.value === value);
      const names = own.map(({ device }) => device).filter((name) => !isAmong(name, roles.lans));
      if (names.length > 0) this.tied.set(value, [...new Set(names)]);
    }
    const taken = new Set([...main, ...[...this.tied.values()].flat()]);
    this.free = roles.wans.filter((name) => !/[*+]$/.test(name) && !taken.has(name));
    // A mark that nothing ties to an uplink gets one that no other mark has, as long as there are any.
    for (const { value, local } of field.values)
      if (!local && !this.tied.has(value))
        this.tied.set(value, [this.free.shift() ?? `${MADE_UP}${formatWord(value)}`]);
  }

  of(value: number): readonly string[] {
    return this.tied.get(value) ?? [`${MADE_UP}${formatWord(value)}`];
  }

  /**
   * What main's default may be. Where it is not given and every uplink has a mark, each of them is tried: it matters which
   * it is.
   */
  mains(): readonly (readonly string[])[] {
    if (this.main.length > 0) return [this.main];
    const said = this.tied.get(0) ?? this.free.slice(0, 1);
    if (said.length > 0) return [said];
    const known = [...new Set([...this.tied.values()].flat())].filter((name) => !name.startsWith(MADE_UP));
    return known.length < 2 ? [[`${MADE_UP}main`]] : known.slice(0, 2).map((name) => [name]);
  }

  said({ values }: RoutingField): readonly string[] {
    const said = values
      .filter((one, at) => values.findIndex(({ value }) => value === one.value) === at)
      .map((one) => `${formatMark(one)} by ${one.local ? 'this machine' : this.of(one.value).join(' or ')}`);
    const shown = said.slice(0, 6);
    return said.length > shown.length ? [...shown, `${said.length - shown.length} more`] : shown;
  }
}
