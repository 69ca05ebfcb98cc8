import type { Chain, Table } from '../kernel/netfilter.ts';
import { verdictsOf } from '../kernel/verdicts-of.ts';
import { builtinChain, isTableName } from './iptables/base-chain.ts';

/**
 * Whether a table of an nft listing is one that iptables-nft keeps. nft shows such a table wrongly (kernel-facts 7.1): it
 * has to be read with iptables-save.
 */
export function isIptablesTable(table: Table): boolean {
  if (table.frontend !== 'nft' || (table.family !== 'ip' && table.family !== 'ip6')) return false;
  if (hasXtables(table)) return true;
  const bases = table.chains.filter((chain) => chain.base !== undefined);
  return (
    isTableName(table.name) &&
    bases.length > 0 &&
    table.sets.length === 0 &&
    bases.every((chain) => isBuiltin(table, chain)) &&
    table.chains.every((chain) => chain.rules.every(isCounted))
  );
}

/** Whether it has a match or target that nft does not have: nobody can write such a table by hand. */
export function hasXtables({ chains }: Table): boolean {
  return chains.some(({ rules }) => rules.some(({ statements }) => statements.some(isForeign)));
}

/**
 * What nft alone tells of such a table: base chains that iptables-nft does not know, which iptables-save leaves out,
 * with the chains they call. None where there are none.
 */
export function nftPartOf(table: Table): readonly Table[] {
  const waiting = table.chains.filter((chain) => chain.base !== undefined && !isBuiltin(table, chain));
  const part = new Set<Chain>(waiting);
  for (let chain = waiting.pop(); chain !== undefined; chain = waiting.pop())
    for (const called of calledFrom(chain, table))
      if (!part.has(called)) {
        part.add(called);
        waiting.push(called);
      }
  return part.size === 0 ? [] : [{ ...table, chains: table.chains.filter((chain) => part.has(chain)) }];
}

/** The rest of it. */
export function iptablesPartOf(table: Table): Table {
  const part = new Set(nftPartOf(table).flatMap(({ chains }) => chains));
  return { ...table, chains: table.chains.filter((chain) => !part.has(chain)) };
}

function calledFrom({ rules }: Chain, table: Table): readonly Chain[] {
  const verdicts = rules.flatMap(({ statements }) =>
    statements.flatMap((statement) => verdictsOf(statement, table)),
  );
  return table.chains.filter(({ name }) =>
    verdicts.some((verdict) => 'chain' in verdict && verdict.chain === name),
  );
}

/** A match or target of xtables, of which nft tells nothing but that it is there. */
function isForeign(statement: { readonly kind: string; readonly name?: string }): boolean {
  return (
    (statement.kind === 'unknown-match' || statement.kind === 'unknown-target') && statement.name === 'xt'
  );
}

function isBuiltin(table: Table, { name, base }: Chain): boolean {
  const builtin = builtinChain(table.name, name);
  return builtin !== undefined && builtin.hook === base?.hook && builtin.priority === base.priority;
}

/** iptables-nft puts a counter into every rule; people put one where they want to count. */
function isCounted({ statements }: Chain['rules'][number]): boolean {
  return statements.some((statement) => statement.kind === 'counter');
}
