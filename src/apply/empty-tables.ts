import type { Host } from '../host/host.ts';
import type { Chain, Table } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import { observeNft } from './observe-nft.ts';
import { pipe, saidBy } from './pipe.ts';
import { StepFailure } from './step-failure.ts';

/** A chain that another one leads to since cannot be deleted; one that has gone needs not be. Nothing is, then. */
const OVERTAKEN = /Device or resource busy|No such file or directory/;

/** `ip mangle`: a table of iptables-nft, as nft names it. */
function tableName(table: Table): string {
  return `${table.family} ${table.name}`;
}

/** `ip mangle OUTPUT`: a builtin chain of such a table. */
function chainName(table: Table, chain: Chain): string {
  return `${tableName(table)} ${chain.name}`;
}

/** The iptables-nft tables that loading `target` brings into being, and the builtin chains that it adds to other ones. */
export async function newTables(
  host: Host,
  observed: KernelState,
  target: KernelState,
): Promise<readonly string[]> {
  const there = new Map(observed.tables.filter(isIptablesNft).map((table) => [tableName(table), table]));
  const wanted = target.tables.filter(isIptablesNft);
  const tables = wanted.map(tableName).filter((name) => !there.has(name));
  const chains = wanted.flatMap((table) => {
    // One that has rules exists.
    const empty = there.get(tableName(table))?.chains.filter(isUnused) ?? [];
    return table.chains
      .filter(({ name }) => empty.some((chain) => chain.name === name))
      .map((chain) => chainName(table, chain));
  });
  return [...tables, ...(chains.length === 0 ? [] : await missingChains(host, chains))];
}

/** iptables-save shows all builtin chains of a table, also those that do not exist; nft shows those that do. */
async function missingChains(host: Host, names: readonly string[]): Promise<readonly string[]> {
  const tables = await observeNft(host, 'all');
  const there = new Set(tables.flatMap((table) => table.chains.map((chain) => chainName(table, chain))));
  // Without nft it is not known which ones exist, and none is to be taken away later.
  return tables.length === 0 ? [] : names.filter((name) => !there.has(name));
}

/**
 * Takes away tables and builtin chains that polywan brought into being (`made`) and that hold nothing any more: iptables-nft
 * itself leaves them behind. Where nft is not installed they stay, without effect.
 */
export async function dropEmptyTables(
  host: Host,
  observed: KernelState,
  made: readonly string[],
): Promise<void> {
  const seen = observed.tables.filter(isIptablesNft).filter((table) => deletions(table, made).length > 0);
  if (seen.length === 0) return;
  // What another program has put there since would be deleted with it, and iptables-save shows chains that do not exist.
  const names = seen.map(tableName);
  const real = (await observeNft(host, 'all')).filter((table) => names.includes(tableName(table)));
  const lines = real.flatMap((table) => deletions(table, made));
  if (lines.length === 0) return;
  const result = await pipe(host, 'nft', ['-f', '-'], lines.join(''));
  const said = saidBy(result);
  if (result.code !== 0 && !OVERTAKEN.test(said)) throw new StepFailure('nft -f', said);
}

/** What nft is told to take away of this table: all of it, or chains that were added to it. Chains go before their table. */
function deletions(table: Table, made: readonly string[]): readonly string[] {
  const unused = table.chains.filter(isUnused);
  const isWhole = made.includes(tableName(table)) && unused.length === table.chains.length;
  const chains = isWhole ? unused : unused.filter((chain) => made.includes(chainName(table, chain)));
  return [
    ...chains.map((chain) => `delete chain ${chainName(table, chain)}\n`),
    ...(isWhole ? [`delete table ${tableName(table)}\n`] : []),
  ];
}

function isIptablesNft(table: Table): boolean {
  return table.frontend === 'iptables-nft';
}

function isUnused(chain: Chain): boolean {
  return chain.base?.policy === 'accept' && chain.rules.length === 0;
}
