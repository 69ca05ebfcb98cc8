import type { Chain, Rule, Table } from '../../kernel/netfilter.ts';
import { setsNamed } from '../../kernel/sets-named.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Verdict } from '../../kernel/verdict.ts';
import { verdictsOf as verdictsIn } from '../../kernel/verdicts-of.ts';
import { digestOf } from '../table-digest.ts';

/** Tables of one name, which are one table to the kernel although several files may bring parts of it. */
export interface ChainGraph {
  readonly tables: readonly Table[];
  /** Chains by name; several where files bring the same one. */
  readonly chains: ReadonlyMap<string, readonly Chain[]>;
  readonly mentions: (chain: Chain) => Mentions;
}

/** What the rules of a chain name, each in the order of the rules. */
export interface Mentions {
  /** Those of a chain that is not there among them. */
  readonly calls: readonly Call[];
  readonly sets: readonly SetMention[];
  readonly unknownTargets: readonly UnknownTarget[];
  /** Rules that leave packets untracked. */
  readonly notracks: readonly Rule[];
}

export interface SetMention {
  readonly rule: Rule;
  readonly name: string;
  readonly ipset: boolean;
}

export interface UnknownTarget {
  readonly rule: Rule;
  readonly name: string;
  readonly text: string;
}

/** A jump or goto, in a rule or in a map that a rule looks up. */
export interface Call {
  readonly rule: Rule;
  readonly target: string;
  readonly goto: boolean;
}

const GRAPHS = new WeakMap<KernelState, readonly ChainGraph[]>();

export function chainGraphs(state: KernelState): readonly ChainGraph[] {
  const known = GRAPHS.get(state);
  if (known !== undefined) return known;
  const groups = new Map<string, [Table, ...Table[]]>();
  for (const table of state.tables) {
    const key = `${table.frontend} ${table.family} ${table.name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [table]);
    else group.push(table);
  }
  const made = [...groups.values()].map(graphOf);
  GRAPHS.set(state, made);
  return made;
}

function graphOf(tables: readonly [Table, ...Table[]]): ChainGraph {
  const [first] = tables;
  const chains = new Map<string, Chain[]>();
  const owners = new Map<Chain, Table>();
  for (const table of tables)
    for (const chain of table.chains) {
      owners.set(chain, table);
      const same = chains.get(chain.name);
      if (same === undefined) chains.set(chain.name, [chain]);
      else same.push(chain);
    }
  const mentions = new Map<Chain, Mentions>();
  return {
    tables,
    chains,
    mentions: (chain) => {
      const known = mentions.get(chain);
      if (known !== undefined) return known;
      const made = mentionsOf(chain, owners.get(chain) ?? first, tables);
      mentions.set(chain, made);
      return made;
    },
  };
}

function mentionsOf(chain: Chain, table: Table, tables: readonly Table[]): Mentions {
  const calls: Call[] = [];
  const sets: SetMention[] = [];
  const unknownTargets: UnknownTarget[] = [];
  const notracks: Rule[] = [];
  for (const { rule, statement } of digestOf(table).notable.get(chain) ?? []) {
    if (statement.kind === 'unknown-target') unknownTargets.push({ ...statement, rule });
    else if (statement.kind === 'notrack') notracks.push(rule);
    else if (statement.kind === 'verdict' || statement.kind === 'vmap')
      addCalls(calls, rule, verdictsOf(statement, tables));
    for (const { name, ipset } of setsNamed(statement)) sets.push({ rule, name, ipset: ipset === true });
  }
  return { calls, sets, unknownTargets, notracks };
}

function addCalls(calls: Call[], rule: Rule, verdicts: readonly Verdict[]): void {
  for (const verdict of verdicts)
    if (verdict.kind === 'jump' || verdict.kind === 'goto')
      calls.push({ rule, target: verdict.chain, goto: verdict.kind === 'goto' });
}

/** Every verdict a statement may give; a named map's are those of its elements now. */
export function verdictsOf(statement: Statement, tables: readonly Table[]): readonly Verdict[] {
  const [only] = tables;
  return tables.length === 1 && only !== undefined
    ? verdictsIn(statement, only)
    : tables.flatMap((table) => verdictsIn(statement, table));
}

/** Chains that packets can come to at all: base chains, and what is called from one. */
export function reachedChains(graph: ChainGraph): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting: Chain[] = [];
  for (const same of graph.chains.values())
    for (const chain of same) if (chain.base !== undefined) waiting.push(chain);
  for (let chain = waiting.pop(); chain !== undefined; chain = waiting.pop()) {
    reached.add(chain.name);
    for (const { target } of graph.mentions(chain).calls)
      if (!reached.has(target)) {
        reached.add(target);
        waiting.push(...(graph.chains.get(target) ?? []));
      }
  }
  return reached;
}
