import { isOwnRule } from '../../kernel/ownership.ts';
import { LOCAL_TABLE, MAIN_TABLE, type PolicyRule, type Route } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import { addressBits, FAMILIES, type Family } from '../../net/family.ts';
import { addressFromNumber, prefixRange } from '../../net/prefix.ts';
import type { Flow } from '../../trace/flow.ts';
import type { RouteLookup, Trace, TracePath } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import type { Machine } from '../machine.ts';
import { farHost } from '../marks/flows-to-rule.ts';
import { isItsRule, presentPrograms } from '../marks/present-programs.ts';
import { insideNames, isConnected } from './interfaces.ts';

/** A policy rule that sends a mark's packets to a table of their own. */
export interface MarkedLookup {
  readonly rule: PolicyRule;
  readonly family: Family;
  /** A word with this mark and nothing else. */
  readonly word: number;
  readonly table: number;
  readonly routes: readonly Route[];
}

/**
 * Those of families whose tables are known. polywan's own are left out: it takes a WAN's default away while the WAN is
 * down, and has its guards; so are those of known programs, which nobody here can change.
 */
export function markedLookups(machine: Machine): readonly MarkedLookup[] {
  const programs = presentPrograms(machine);
  return machine.state.policyRules.flatMap((rule): readonly MarkedLookup[] => {
    const { family, selector, action } = rule;
    const { fwmark, not, unknown } = selector;
    if (fwmark === undefined || not === true || unknown !== undefined || action.kind !== 'lookup') return [];
    const word = (fwmark.value & fwmark.mask) >>> 0;
    if (word === 0 || isOwnRule(rule) || programs.some((program) => isItsRule(program, rule))) return [];
    if (action.table === MAIN_TABLE || action.table === LOCAL_TABLE || !tablesKnown(machine, family))
      return [];
    const routes = machine.state.routes.filter(
      (route) => route.family === family && route.table === action.table,
    );
    return [{ rule, family, word, table: action.table, routes }];
  });
}

/** `ip route` without `table all` lists main alone, and says nothing of the others. */
export function tablesKnown({ given, state }: Machine, family: Family): boolean {
  if (!given.routes.has(family)) return false;
  return given.whole || state.routes.some((route) => route.family === family && route.table !== MAIN_TABLE);
}

/** A client of ours, by the network on an inside interface. */
export function insideClient(
  machine: Machine,
  family: Family,
): { readonly in: string; readonly source: string } | undefined {
  for (const name of insideNames(machine, family)) {
    const source = clientBehind(machine, family, name);
    if (source !== undefined) return { in: name, source };
  }
  return undefined;
}

/** A client by the network on this interface; undefined where it has none. */
export function clientBehind({ state }: Machine, family: Family, name: string): string | undefined {
  const route = state.routes.find(
    (one) => one.family === family && one.hops[0]?.device === name && isConnected(one),
  );
  return route === undefined ? undefined : hostIn(route, state);
}

/** An address of the network that is not this machine's. */
export function hostIn(
  { destination, family, source }: Route,
  { addresses }: KernelState,
): string | undefined {
  if (destination.length > addressBits(family) - 2) return undefined;
  const { first } = prefixRange(destination);
  const taken = new Set([source, ...addresses.map(({ address }) => address)]);
  // Three hosts in any network of this size beside its own address and the broadcast.
  return [2n, 1n, 3n, 4n, 5n]
    .slice(0, destination.length === addressBits(family) - 2 ? 2 : 5)
    .map((at) => addressFromNumber(family, first + at))
    .find((address) => !taken.has(address));
}

const BARE = new WeakMap<KernelState, KernelState>();

/** The same without rulesets and sysctls: what routing alone does. */
function routingAlone(state: KernelState): KernelState {
  const known = BARE.get(state);
  if (known !== undefined) return known;
  const made = { ...state, tables: [], ipsets: [], sysctls: [] };
  BARE.set(state, made);
  return made;
}

/** A packet with this mark on its way from inside to the world; from this machine where no inside is known. */
export interface Asked {
  readonly flow: Flow;
  readonly path: TracePath;
  readonly lookup: RouteLookup;
  /** The policy rule that had the answer. */
  readonly winner: PolicyRule | undefined;
}

export function askWithMark(
  machine: Machine,
  state: KernelState,
  family: Family,
  mark: number,
): Asked | undefined {
  const client = insideClient(machine, family);
  const flow: Flow = { family, destination: farHost(machine, family), protocol: 'tcp', mark, ...client };
  const trace: Trace | string = traceFlow(routingAlone(state), flow, { packets: ['P1'] });
  const [path] = typeof trace === 'string' ? [] : trace.paths;
  const step = path?.packets[0]?.steps.findLast((one) => one.kind === 'route' && one.why !== 'reverse path');
  if (path === undefined || step?.kind !== 'route') return undefined;
  const last = step.lookup.tried.at(-1);
  const answered = step.lookup.result.kind !== 'no-route' && last?.why === undefined;
  return { flow, path, lookup: step.lookup, winner: answered ? last?.rule : undefined };
}

export function hasFamilies(machine: Machine): readonly Family[] {
  return FAMILIES.filter((family) => machine.given.routes.has(family));
}
