import type { Chain, Frontend, Hook, NetfilterFamily, Rule, Table } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import { go } from '../words.ts';

/** What a builtin chain is in nft's terms (kernel-facts 1). */
interface Builtin {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: Hook;
  readonly priority: number;
}

const BUILTIN: Readonly<Record<string, Readonly<Record<string, Builtin>>>> = {
  raw: {
    PREROUTING: { type: 'filter', hook: 'prerouting', priority: -300 },
    OUTPUT: { type: 'filter', hook: 'output', priority: -300 },
  },
  mangle: {
    PREROUTING: { type: 'filter', hook: 'prerouting', priority: -150 },
    FORWARD: { type: 'filter', hook: 'forward', priority: -150 },
    OUTPUT: { type: 'route', hook: 'output', priority: -150 },
  },
  nat: {
    PREROUTING: { type: 'nat', hook: 'prerouting', priority: -100 },
    OUTPUT: { type: 'nat', hook: 'output', priority: -100 },
    POSTROUTING: { type: 'nat', hook: 'postrouting', priority: 100 },
  },
};

/**
 * A rule that every packet of a known connection passes. It has no comment: iptables keeps one in a match, and each costs
 * such a packet one part in a hundred of its way.
 */
export function everyPacketRule(...statements: readonly Statement[]): Rule {
  return { statements };
}

/** A builtin chain and the own chain it jumps to. */
export interface Entry {
  readonly builtin: string;
  readonly chain: string;
}

/**
 * polywan's part of one iptables table: one jump in each builtin chain that is needed, and the own chains. Entries whose
 * chain has no rules are left out with it; undefined when nothing is left.
 */
export function ownTable(
  place: { readonly frontend: Frontend; readonly family: NetfilterFamily; readonly name: string },
  entries: readonly Entry[],
  chains: readonly Chain[],
): Table | undefined {
  const present = entries.filter((entry) =>
    chains.some((chain) => chain.name === entry.chain && chain.rules.length > 0),
  );
  if (present.length === 0) return undefined;
  const unused = new Set(entries.filter((entry) => !present.includes(entry)).map((entry) => entry.chain));
  const bases = present.flatMap((entry): readonly Chain[] => {
    const base = BUILTIN[place.name]?.[entry.builtin];
    if (base === undefined) throw new Error(`table ${place.name} has no chain ${entry.builtin}`);
    const rules = [everyPacketRule(go('jump', entry.chain))];
    return [{ name: entry.builtin, base: { ...base, policy: 'accept' }, rules }];
  });
  return { ...place, sets: [], chains: [...bases, ...chains.filter((chain) => !unused.has(chain.name))] };
}
