import type { Chain, Hook, IpSet, NamedSet, Table } from '../kernel/netfilter.ts';
import type { Address, Link } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Family } from '../net/family.ts';
import type { Action, CompiledRule } from './compile-rule.ts';
import { indexRouting, type RoutingIndex } from './index-routing.ts';
import { type IpsetIndex, indexIpset } from './ipset-index.ts';
import { type Rivals, rivalsOf } from './rivals.ts';
import type { SetIndex } from './set-index.ts';

/** A state made ready to be walked. Everything is made on first use and kept: one state is asked many times. */
export interface StateIndex {
  readonly state: KernelState;
  readonly routing: (family: Family) => RoutingIndex;
  /** What a packet of this family meets at the hook, in order. */
  readonly stages: (hook: Hook, family: Family) => readonly Stage[];
  readonly sysctl: (key: string) => string | undefined;
  readonly link: (device: string) => Link | undefined;
  readonly addresses: (family: Family) => readonly Address[];
  readonly ipset: (name: string) => IpsetIndex | undefined;
}

/**
 * A base chain, several whose order is not known, the look-up of the connection, or address translation with all nat
 * chains of the hook.
 */
export type Stage =
  | { readonly kind: 'chain'; readonly station: Station }
  | { readonly kind: 'rivals'; readonly rivals: Rivals }
  | { readonly kind: 'conntrack' }
  | { readonly kind: 'nat'; readonly stations: readonly Station[] };

/** A base chain at its place, with its table. */
export interface Station {
  readonly table: TableIndex;
  readonly chain: ChainIndex;
  readonly type: 'filter' | 'nat' | 'route';
  readonly priority: number;
  /** Those it hangs at, in ingress and egress; `eth*` is all that begin so. nft 1.0.6 does not list them in JSON. */
  readonly devices: readonly string[] | undefined;
}

export interface TableIndex {
  readonly table: Table;
  readonly chain: (name: string) => ChainIndex | undefined;
  readonly set: (name: string) => NamedSet | undefined;
  /** Indexed sets by name and the types they are asked with. */
  readonly indexed: Map<string, SetIndex>;
}

export interface ChainIndex {
  readonly table: TableIndex;
  readonly chain: Chain;
  /** Each rule is compiled when its first match holds, and that match when the rule is first reached. */
  readonly compiled: (CompiledRule | undefined)[];
  readonly first: (Action | undefined)[];
}

const INDEXES = new WeakMap<KernelState, StateIndex>();
const TABLES = new WeakMap<Table, TableIndex>();

export function indexState(state: KernelState): StateIndex {
  const known = INDEXES.get(state);
  if (known !== undefined) return known;
  const made = makeIndex(state);
  INDEXES.set(state, made);
  return made;
}

function makeIndex(state: KernelState): StateIndex {
  const routing = new Map<Family, RoutingIndex>();
  const stages = new Map<string, readonly Stage[]>();
  const ipsets = new Map<string, IpsetIndex>();
  let sysctls: Map<string, string> | undefined;
  let sets: Map<string, IpSet> | undefined;
  return {
    state,
    routing: (family) => remember(routing, family, () => indexRouting(state, family)),
    stages: (hook, family) =>
      remember(stages, `${hook} ${family}`, () => makeStages(findStations(state.tables, hook, family), hook)),
    sysctl: (key) => {
      sysctls ??= new Map(state.sysctls.map((each) => [each.key, each.value.trim()]));
      return sysctls.get(key);
    },
    link: (device) => state.links.find((link) => link.name === device),
    addresses: (family) => state.addresses.filter((address) => address.family === family),
    ipset: (name) => {
      sets ??= new Map(state.ipsets.map((set) => [set.name, set]));
      const set = sets.get(name);
      return set === undefined ? undefined : remember(ipsets, name, () => indexIpset(set));
    },
  };
}

export function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Every netfilter family whose chains see packets of this one; those of netdev hang at devices alone. */
function sees(table: Table, family: Family): boolean {
  return ['inet', 'netdev', family === 'ipv4' ? 'ip' : 'ip6'].includes(table.family);
}

/**
 * The base chains of a hook in the order they run, of all front ends together (kernel-facts 1.3). Of chains with the
 * same priority the one registered last runs first; nft lists its own in the order of registration, as long as no chain
 * was added to an older table, and of those of different front ends nobody knows (`rivalsOf`).
 */
function findStations(tables: readonly Table[], hook: Hook, family: Family): readonly Station[] {
  const found: Station[] = [];
  for (const table of tables) {
    if (table.dormant === true || !sees(table, family)) continue;
    const index = indexTable(table);
    for (const { name, base } of table.chains) {
      const chain = base?.hook === hook ? index.chain(name) : undefined;
      if (base === undefined || chain === undefined) continue;
      found.push({ table: index, chain, type: base.type, priority: base.priority, devices: base.devices });
    }
  }
  return found.reverse().sort((a, b) => a.priority - b.priority);
}

/** Where the connection is looked up (kernel-facts 1). */
const CONNTRACK = -200;

/** Translation runs where the kernel has registered it, whatever priority a nat chain names (nf_nat_register_fn). */
const NAT: Readonly<Partial<Record<Hook, number>>> = {
  prerouting: -100,
  output: -100,
  input: 100,
  postrouting: 100,
};

function makeStages(stations: readonly Station[], hook: Hook): readonly Stage[] {
  const nat = stations.filter((station) => station.type === 'nat');
  const placed: { readonly priority: number; readonly stage: Stage }[] = [];
  const others = stations.filter((station) => station.type !== 'nat');
  for (const priority of new Set(others.map((station) => station.priority))) {
    const equal = others.filter((station) => station.priority === priority);
    const rivals = rivalsOf(equal);
    if (rivals !== undefined) placed.push({ priority, stage: { kind: 'rivals', rivals } });
    else for (const station of equal) placed.push({ priority, stage: { kind: 'chain', station } });
  }
  if (hook === 'prerouting' || hook === 'output')
    placed.push({ priority: CONNTRACK, stage: { kind: 'conntrack' } });
  const natPriority = NAT[hook];
  if (natPriority !== undefined)
    placed.push({ priority: natPriority, stage: { kind: 'nat', stations: nat } });
  return placed.sort((a, b) => a.priority - b.priority).map(({ stage }) => stage);
}

export function indexTable(table: Table): TableIndex {
  const known = TABLES.get(table);
  if (known !== undefined) return known;
  const chains = new Map<string, ChainIndex>();
  const sets = new Map(table.sets.map((set) => [set.name, set]));
  const made: TableIndex = {
    table,
    chain: (name) => chains.get(name),
    set: (name) => sets.get(name),
    indexed: new Map(),
  };
  for (const chain of table.chains) chains.set(chain.name, { table: made, chain, compiled: [], first: [] });
  TABLES.set(table, made);
  return made;
}
