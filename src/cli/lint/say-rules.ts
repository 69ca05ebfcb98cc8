import { sayRule } from '../../codec/iptables/write-rule.ts';
import { sayStatement } from '../../codec/nft-statement.ts';
import type { Chain, Rule, Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';

/** Says rules as iptables-save or nft would print them. Where each stands is looked up when one is asked for. */
export function sayRules({ tables }: Pick<KernelState, 'tables'>): (rule: Rule) => string | undefined {
  let homes: ReadonlyMap<Rule, Home> | undefined;
  return (rule) => {
    homes ??= homesOf(tables);
    const home = homes.get(rule);
    return home === undefined ? undefined : sayRuleOf(home, rule);
  };
}

interface Home {
  readonly table: Table;
  readonly chain: Chain;
}

function homesOf(tables: readonly Table[]): ReadonlyMap<Rule, Home> {
  const homes = new Map<Rule, Home>();
  for (const table of tables)
    for (const chain of table.chains) for (const rule of chain.rules) homes.set(rule, { table, chain });
  return homes;
}

function sayRuleOf({ table, chain }: Home, rule: Rule): string {
  if (table.frontend === 'nft') return nftLine(rule);
  return iptablesLine(chain, rule);
}

/** A rule iptables cannot say came from a kernel that knows more than this program. */
export function iptablesLine({ name }: Chain, rule: Rule): string {
  return `-A ${name} ${sayRule(rule) ?? statementTexts(rule).join(' ')}`;
}

export function nftLine(rule: Rule): string {
  const comment = rule.comment === undefined ? [] : [`comment "${rule.comment}"`];
  return [...statementTexts(rule), ...comment].join(' ');
}

function statementTexts({ statements }: Rule): readonly string[] {
  return statements.filter(({ kind }) => kind !== 'counter').map(sayStatement);
}
