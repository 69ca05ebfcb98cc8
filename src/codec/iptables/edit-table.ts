import type { Span } from '../../net/span.ts';
import { builtinChain } from './base-chain.ts';
import { chainNamed, type OpenTable } from './open-table.ts';

/** What iptables' commands do to a table beside adding rules to it. */

/** All chains where none is named. */
export function emptyChains(table: OpenTable, name: string | undefined): void {
  for (const chain of table.chains.values())
    if (name === undefined || chain.name === name) chain.rules.clear();
}

/** All chains that are not builtin where none is named. */
export function removeChains(table: OpenTable, name: string | undefined): void {
  for (const chain of [...table.chains.values()])
    if (chain.base === undefined && (name === undefined || chain.name === name))
      table.chains.delete(chain.name);
}

/** False where there is no such builtin chain or policy. */
export function setPolicy(table: OpenTable, name: string, policy: string | undefined, span: Span): boolean {
  const builtin = builtinChain(table.name, name);
  if (builtin === undefined || (policy !== 'ACCEPT' && policy !== 'DROP')) return false;
  chainNamed(table, name, span).base = { ...builtin, policy: policy === 'DROP' ? 'drop' : 'accept' };
  return true;
}
