import type { Chain, Table } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import { verdictsOf } from '../../kernel/verdicts-of.ts';

/** A table is asked for by both families and in more than one state, and what is made ready for it is kept by the table. */
const KNOWN = new WeakMap<Table, Table>();

/**
 * The tables without base chains that can only let packets pass or not: what a filter decides says nothing of where a
 * mark leads, and filters are what is long in a ruleset.
 */
export function relevantTables(all: readonly Table[]): readonly Table[] {
  return all.map(relevantPart).filter(({ chains }) => chains.some(({ base }) => base !== undefined));
}

function relevantPart(table: Table): Table {
  const known = KNOWN.get(table);
  if (known !== undefined) return known;
  const matters = chainsThatMatter(table);
  const chains = table.chains.filter((chain) => chain.base === undefined || matters.has(chain.name));
  const part = chains.length === table.chains.length ? table : { ...table, chains };
  KNOWN.set(table, part);
  return part;
}

/** Chains in which, or in what they call, something is done to marks, addresses, tracking. */
function chainsThatMatter(table: Table): ReadonlySet<string> {
  const matters = new Set<string>();
  const callers = new Map<string, string[]>();
  const open: string[] = [];
  for (const chain of table.chains) {
    if (actsItself(chain, table, callers)) open.push(chain.name);
  }
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (matters.has(name)) continue;
    matters.add(name);
    open.push(...(callers.get(name) ?? []));
  }
  return matters;
}

function actsItself(chain: Chain, table: Table, callers: Map<string, string[]>): boolean {
  let acts = chain.base?.type === 'nat';
  for (const { statements } of chain.rules)
    for (let at = 0; at < statements.length; at += 1) {
      const statement = statements[at];
      if (statement === undefined || statement.kind === 'match') continue;
      acts ||= isAct(statement);
      if (statement.kind !== 'verdict' && statement.kind !== 'vmap') continue;
      for (const verdict of verdictsOf(statement, table))
        if ('chain' in verdict) {
          const list = callers.get(verdict.chain);
          if (list === undefined) callers.set(verdict.chain, [chain.name]);
          else if (list.at(-1) !== chain.name) list.push(chain.name);
        }
    }
  return acts;
}

function isAct(statement: Statement): boolean {
  switch (statement.kind) {
    case 'set':
      return (
        statement.target.kind === 'payload' || ('key' in statement.target && statement.target.key === 'mark')
      );
    case 'tproxy':
    case 'notrack':
    case 'nat':
      return true;
    default:
      return false;
  }
}
