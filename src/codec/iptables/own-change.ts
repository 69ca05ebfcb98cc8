import type { Chain, Table } from '../../kernel/netfilter.ts';
import { isOwnChain } from '../../kernel/ownership.ts';
import { sameData } from '../../kernel/same-data.ts';
import { declaration } from './write.ts';
import { sayRule, writeRule } from './write-rule.ts';

/**
 * The `iptables-restore --noflush` block that turns polywan's part of one table (see `ownPart`) from `before` into
 * `after`, in one transaction; empty when they are the same. Chains that stay as they are keep their counters. Only
 * own chains, and the jumps to them, are named: what belongs to others is not touched.
 */
export function writeOwnChange(before: Table | undefined, after: Table | undefined): string {
  const table = after ?? before;
  const lines = [...writeChains(before, after), ...writeJumps(before, after), ...dropChains(before, after)];
  return table === undefined || lines.length === 0
    ? ''
    : [`*${table.name}`, ...lines, 'COMMIT', ''].join('\n');
}

function ownChains(table: Table | undefined): readonly Chain[] {
  return table?.chains.filter(isOwnChain) ?? [];
}

/** A declaration makes the chain, or empties it; all stand before the rules, which name them. */
function writeChains(before: Table | undefined, after: Table | undefined): string[] {
  const found = new Map(ownChains(before).map((chain) => [chain.name, chain.rules]));
  const changed = ownChains(after).flatMap((chain) => {
    const old = found.get(chain.name);
    // Almost all chains at a failover, for which putting them into words would take longer than loading the others.
    if (old !== undefined && sameData(old, chain.rules)) return [];
    const rules = chain.rules.map(writeRule);
    return isEqual(old?.map(sayRule), rules) ? [] : [{ chain, rules }];
  });
  return [
    ...changed.map(({ chain }) => declaration(chain)),
    ...changed.flatMap(({ chain, rules }) => rules.map((rule) => `-A ${chain.name} ${rule}`.trimEnd())),
  ];
}

function isEqual(found: readonly (string | undefined)[] | undefined, wanted: readonly string[]): boolean {
  return found?.length === wanted.length && wanted.every((rule, at) => rule === found[at]);
}

/** Missing jumps go to the top, the last one first so that they stand in order; stale ones are deleted by their words. */
function writeJumps(before: Table | undefined, after: Table | undefined): string[] {
  const names = new Set([...otherChains(before), ...otherChains(after)]);
  return [...names].flatMap((name) => {
    if (sameData(chainNamed(before, name)?.rules, chainNamed(after, name)?.rules)) return [];
    const stale = jumpsIn(before, name);
    const missing = jumpsIn(after, name).filter((jump) => !takeOne(stale, jump));
    return [
      ...missing.reverse().map((jump) => `-I ${name} 1 ${jump}`),
      ...stale.map((jump) => `-D ${name} ${jump}`),
    ];
  });
}

/** Builtin ones, and those of others: they may lead to polywan's chains, which cannot be deleted then. */
function otherChains(table: Table | undefined): string[] {
  return table?.chains.filter((chain) => !isOwnChain(chain)).map((chain) => chain.name) ?? [];
}

function jumpsIn(table: Table | undefined, name: string): string[] {
  return chainNamed(table, name)?.rules.map(writeRule) ?? [];
}

function chainNamed(table: Table | undefined, name: string): Chain | undefined {
  return table?.chains.find((chain) => chain.name === name);
}

/** Removes one equal entry from the list; false when there is none. */
function takeOne(list: string[], entry: string): boolean {
  const at = list.indexOf(entry);
  if (at !== -1) list.splice(at, 1);
  return at !== -1;
}

/** All are emptied before the first is deleted: they may name each other. */
function dropChains(before: Table | undefined, after: Table | undefined): string[] {
  const kept = new Set(ownChains(after).map((chain) => chain.name));
  const gone = ownChains(before).filter((chain) => !kept.has(chain.name));
  return [...gone.map((chain) => `-F ${chain.name}`), ...gone.map((chain) => `-X ${chain.name}`)];
}
