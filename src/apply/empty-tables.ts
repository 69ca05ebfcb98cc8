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

/** The iptables-nft tables, and the builtin chains of others, that loading `target` makes and that are not there yet. */
export async function newTables(
  host: Host,
  observed: KernelState,
  target: KernelState,
): Promise<readonly string[]> {
  const there = new Map(observed.tables.filter(isIptablesNft).map((table) => [tableName(table), table]));
  const wanted = target.tables.filter(isIptablesNft);
  const tables = wanted.map(tableName).filter((name) => !there.has(name));
  const chains = wanted.flatMap((table) => {
    // A builtin chain that has rules is there.
    const empty = there.get(tableName(table))?.chains.filter(isUnused) ?? [];
    return table.chains
      .filter(({ name }) => empty.some((chain) => chain.name === name))
      .map((chain) => chainName(table, chain));
  });
  return [...tables, ...(chains.length === 0 ? [] : await missingChains(host, chains))];
}

/** iptables-save shows builtin chains that are not there; nft knows which ones are. */
async function missingChains(host: Host, names: readonly string[]): Promise<readonly string[]> {
  const tables = await observeNft(host, 'all');
  const there = new Set(tables.flatMap((table) => table.chains.map((chain) => chainName(table, chain))));
  // Without nft nothing is known, and nothing will be taken away.
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
  const empty = observed.tables
    .filter(isIptablesNft)
    .filter((table) => isEmpty(table, made) || emptyChains(table, made).length > 0)
    .map(tableName);
  if (empty.length === 0) return;
  // The kernel deletes a chain with its rules, so what another program has put there since is looked for once more.
  const real = (await observeNft(host, 'all')).filter((table) => empty.includes(tableName(table)));
  const text = real.flatMap((table) => {
    const chains = isEmpty(table, made) ? table.chains : emptyChains(table, made);
    return [
      ...chains.map((chain) => `delete chain ${chainName(table, chain)}\n`),
      ...(isEmpty(table, made) ? [`delete table ${tableName(table)}\n`] : []),
    ];
  });
  if (text.length === 0) return;
  const result = await pipe(host, 'nft', ['-f', '-'], text.join(''));
  const said = saidBy(result);
  if (result.code !== 0 && !OVERTAKEN.test(said)) throw new StepFailure('nft -f', said);
}

function isEmpty(table: Table, made: readonly string[]): boolean {
  return made.includes(tableName(table)) && table.chains.every(isUnused);
}

function emptyChains(table: Table, made: readonly string[]): readonly Chain[] {
  return table.chains.filter((chain) => made.includes(chainName(table, chain)) && isUnused(chain));
}

function isIptablesNft(table: Table): boolean {
  return table.frontend === 'iptables-nft';
}

function isUnused(chain: Chain): boolean {
  return chain.base?.policy === 'accept' && chain.rules.length === 0;
}
