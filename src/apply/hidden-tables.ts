import type { Host } from '../host/host.ts';
import { isOwnChain } from '../kernel/ownership.ts';
import type { Family } from '../net/family.ts';
import type { IptablesFrontend } from './change.ts';
import { iptablesProgram } from './iptables-program.ts';
import { observeNft } from './observe-nft.ts';
import { pipe } from './pipe.ts';
import { Refusal } from './refusal.ts';

/** What iptables-nft-save says, and ends well, where nft has put a rule into a table that only nft can show. */
const HIDDEN = /^# Table [`'](\S+)' is incompatible, use 'nft' tool/gm;

/** The tables that iptables-nft-save keeps quiet about: as nft names them, `ip mangle`. */
export function hiddenTables(family: Family, saved: string): readonly string[] {
  return [...saved.matchAll(HIDDEN)].map(([, name = '']) => `${family === 'ipv4' ? 'ip' : 'ip6'} ${name}`);
}

/** What polywan has in such a table would be taken for gone: it would be loaded once more, and stay for ever. */
export async function refuseHiddenChains(host: Host, hidden: readonly string[]): Promise<void> {
  if (hidden.length === 0) return;
  const tables = await observeNft(host, 'all');
  const own = tables
    .filter(({ chains }) => chains.some(isOwnChain))
    .map(({ family, name }) => `${family} ${name}`)
    .find((name) => hidden.includes(name));
  if (own === undefined) return;
  throw new Refusal(`${describe(own)}, so that polywan's there can be neither seen nor taken away; ${CURE}`);
}

/** What would be loaded into such a table could not be seen again. */
export async function refuseHiddenTables(
  host: Host,
  frontend: IptablesFrontend,
  family: Family,
  wanted: readonly string[],
): Promise<void> {
  if (frontend !== 'iptables-nft') return;
  const { stdout } = await pipe(host, iptablesProgram(frontend, family, 'save'), []);
  const hidden = hiddenTables(family, stdout).find((name) => wanted.includes(name));
  if (hidden === undefined) return;
  throw new Refusal(`${describe(hidden)}; ${CURE}, or take backend: nftables; nothing was changed`);
}

function describe(table: string): string {
  return `nft has put rules into table ${table} that iptables-nft cannot show (nft list table ${table})`;
}

const CURE = 'move them into a table of their own';
