import { nearest } from '../../config/nearest.ts';
import type { Rule, Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { ChainGraph, Mentions, UnknownTarget } from './chain-graph.ts';
import { isChainName, isTargetName } from './target-names.ts';

/** A name that rules use and nothing bears. */
export interface MissingName {
  readonly kind: 'chain' | 'set' | 'ipset';
  readonly name: string;
  readonly nearest?: string;
  readonly table: Table;
  /** Every rule that uses it. */
  readonly rules: readonly Rule[];
}

export function missingNames(state: KernelState, graph: ChainGraph): readonly MissingName[] {
  const [table] = graph.tables;
  if (table === undefined) return [];
  const chains = new Map<string, Rule[]>();
  const sets = new Map<string, Rule[]>();
  const ipsets = new Map<string, Rule[]>();
  const known = new Set(graph.tables.flatMap((one) => one.sets.map(({ name }) => name)));
  const knownIpsets = new Set(state.ipsets.map(({ name }) => name));
  const elsewhere = new Set(graph.tables.filter(isFragment).flatMap((one) => one.chains));
  for (const chain of [...graph.chains.values()].flat()) {
    const mentions = graph.mentions(chain);
    if (!elsewhere.has(chain)) addChains(chains, graph, mentions);
    for (const { rule, name, ipset } of mentions.sets) {
      if (!ipset && !known.has(name)) add(sets, name, rule);
      // Without any ipset nobody said which there are.
      if (ipset && knownIpsets.size > 0 && !knownIpsets.has(name)) add(ipsets, name, rule);
    }
  }
  const tell = (kind: MissingName['kind'], found: Map<string, Rule[]>, names: Iterable<string>) =>
    [...found].map(([name, rules]): MissingName => {
      const near = nearest(name, names);
      return { kind, name, table, rules, ...(near === undefined ? {} : { nearest: near }) };
    });
  return [
    ...tell('chain', chains, graph.chains.keys()),
    ...tell('set', sets, known),
    ...tell('ipset', ipsets, knownIpsets),
  ];
}

/** Without a builtin chain nothing comes to its rules: it is for `iptables-restore --noflush`, and others make the rest. */
function isFragment({ frontend, chains }: Table): boolean {
  return frontend !== 'nft' && chains.every(({ base }) => base === undefined);
}

function addChains(found: Map<string, Rule[]>, graph: ChainGraph, { calls, unknownTargets }: Mentions): void {
  for (const { rule, target } of calls) if (!graph.chains.has(target)) add(found, target, rule);
  for (const target of unknownTargets)
    if (isUnknownChain(target, graph)) add(found, target.name, target.rule);
}

/** A jump to nothing, or a word so near to a chain's name that it is a slip. */
export function isUnknownChain({ name, text }: UnknownTarget, { chains }: ChainGraph): boolean {
  if (isChainName(name, text)) return true;
  return text === `-j ${name}` && !isTargetName(name) && nearest(name, chains.keys()) !== undefined;
}

function add(found: Map<string, Rule[]>, name: string, rule: Rule): void {
  const rules = found.get(name);
  if (rules === undefined) found.set(name, [rule]);
  else rules.push(rule);
}
