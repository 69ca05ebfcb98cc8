import type { Chain, Rule, Table } from '../../kernel/netfilter.ts';
import { writeRule } from './write-rule.ts';

/** Whole tables as iptables-save prints them, for people and for a restore that replaces everything. */
export function writeIptablesSave(tables: readonly Table[]): string {
  return tables.map(writeTable).join('');
}

function writeTable(table: Table): string {
  const rules = table.chains.flatMap((chain) =>
    chain.rules.map((rule) => `${counterText(rule)}${`-A ${chain.name} ${writeRule(rule)}`.trimEnd()}`),
  );
  return [`*${table.name}`, ...table.chains.map(declaration), ...rules, 'COMMIT', ''].join('\n');
}

/** `:PREROUTING ACCEPT [0:0]`; a user chain has no policy. */
export function declaration(chain: Chain): string {
  return `:${chain.name} ${chain.base === undefined ? '-' : chain.base.policy.toUpperCase()} [0:0]`;
}

function counterText(rule: Rule): string {
  const counter = rule.statements.find((statement) => statement.kind === 'counter');
  return counter === undefined ? '' : `[${counter.packets}:${counter.bytes}] `;
}
