import type { Rule } from '../../kernel/netfilter.ts';
import { builtinChain } from './base-chain.ts';
import { chainNamed, type OpenChain, type OpenTable } from './open-table.ts';

/** What iptables' commands do to a table beside adding rules to it. */

/** All chains where none is named. */
export function emptyChains(table: OpenTable, name: string | undefined): void {
  for (const chain of table.chains.values()) if (name === undefined || chain.name === name) chain.rules = [];
}

/** All chains that are not builtin where none is named. */
export function removeChains(table: OpenTable, name: string | undefined): void {
  for (const chain of [...table.chains.values()])
    if (chain.base === undefined && (name === undefined || chain.name === name))
      table.chains.delete(chain.name);
}

/** False where there is no such builtin chain or policy. */
export function setPolicy(
  table: OpenTable,
  name: string,
  policy: string | undefined,
  place: { readonly start: number; readonly end: number },
): boolean {
  const builtin = builtinChain(table.name, name);
  if (builtin === undefined || (policy !== 'ACCEPT' && policy !== 'DROP')) return false;
  chainNamed(table, name, place).base = { ...builtin, policy: policy === 'DROP' ? 'drop' : 'accept' };
  return true;
}

/** Where the chain has a rule of the same meaning; -1: nowhere. */
export function placeOf(chain: OpenChain | undefined, rule: Rule): number {
  const wanted = meaning(rule);
  return chain?.rules.findIndex((one) => meaning(one) === wanted) ?? -1;
}

function meaning({ statements, comment }: Rule): string {
  return JSON.stringify([statements, comment]);
}

/** Numbers begin at 1; false where there is no such rule. */
export function removeAt(chain: OpenChain | undefined, number: number): boolean {
  if (chain?.rules[number - 1] === undefined) return false;
  chain.rules.splice(number - 1, 1);
  return true;
}
