import type { Table } from '../kernel/netfilter.ts';
import type { Statement } from '../kernel/statement.ts';

/** nft text that nft loads, and its tables with what stood there. */
export interface WithoutXtables {
  readonly text: string;
  readonly restore: (tables: readonly Table[]) => readonly Table[];
}

/** Comments and strings may hold anything. */
const XTABLES = /#[^\n]*|"[^"\n]*"|\bxt (match|target) ("?)([\w.-]+)\2/g;

/** Numbers that no processor has. */
const FIRST = 0x7870_0000;

/**
 * nft lists matches and targets of iptables-nft that it does not have as `xt match addrtype`, and does not load a text
 * with one. A match that every nft has stands there instead, with a number of its own.
 */
export function withoutXtables(text: string): WithoutXtables {
  const kept: Statement[] = [];
  const readable = text.replace(XTABLES, (all: string, type?: string) => {
    if (type === undefined) return all;
    kept.push({ kind: type === 'match' ? 'unknown-match' : 'unknown-target', name: 'xt', text: all });
    return `meta cpu ${FIRST + kept.length - 1}`;
  });
  return kept.length === 0
    ? { text, restore: (tables) => tables }
    : { text: readable, restore: (tables) => tables.map((table) => restoreTable(table, kept)) };
}

function restoreTable(table: Table, kept: readonly Statement[]): Table {
  const chains = table.chains.map((chain) => ({
    ...chain,
    rules: chain.rules.map((rule) => ({
      ...rule,
      statements: rule.statements.map((statement) => keptFor(statement, kept) ?? statement),
    })),
  }));
  return { ...table, chains };
}

function keptFor(statement: Statement, kept: readonly Statement[]): Statement | undefined {
  if (statement.kind !== 'match' || statement.right.kind !== 'number') return undefined;
  const { left, right } = statement;
  return left.kind === 'meta' && left.key === 'cpu' ? kept[right.value - FIRST] : undefined;
}
