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

/** The iptables-nft tables that loading `target` makes and that are not there yet. */
export function newTables(observed: KernelState, target: KernelState): readonly string[] {
  const there = new Set(observed.tables.filter(isIptablesNft).map(tableName));
  return target.tables
    .filter(isIptablesNft)
    .map(tableName)
    .filter((name) => !there.has(name));
}

/**
 * Takes away tables that polywan brought into being (`made`) and that hold nothing any more: iptables-nft itself leaves
 * them behind with their empty builtin chains. Where nft is not installed they stay, without effect.
 */
export async function dropEmptyTables(
  host: Host,
  observed: KernelState,
  made: readonly string[],
): Promise<void> {
  const empty = observed.tables.filter(
    (table) => isIptablesNft(table) && made.includes(tableName(table)) && table.chains.every(isUnused),
  );
  if (empty.length === 0) return;
  // iptables-save shows builtin chains that are not there; nft knows which ones are. The kernel deletes a chain with its
  // rules, so what another program has put there since is looked for once more.
  const real = (await observeNft(host, 'all')).filter(
    (table) =>
      empty.some((other) => tableName(other) === tableName(table)) &&
      table.chains.every(({ rules }) => rules.length === 0),
  );
  const text = real.map((table) => {
    const chains = table.chains.map((chain) => `delete chain ${tableName(table)} ${chain.name}\n`);
    return `${chains.join('')}delete table ${tableName(table)}\n`;
  });
  if (text.length === 0) return;
  const result = await pipe(host, 'nft', ['-f', '-'], text.join(''));
  const said = saidBy(result);
  if (result.code !== 0 && !OVERTAKEN.test(said)) throw new StepFailure('nft -f', said);
}

function isIptablesNft(table: Table): boolean {
  return table.frontend === 'iptables-nft';
}

function isUnused(chain: Chain): boolean {
  return chain.base?.policy === 'accept' && chain.rules.length === 0;
}
