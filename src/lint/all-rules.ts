import type { Chain, Hook, Rule, Table } from '../kernel/netfilter.ts';
import type { Statement } from '../kernel/statement.ts';
import { verdictsOf } from '../kernel/verdicts-of.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import { digestOf } from './table-digest.ts';

/** A rule at its place. */
export interface RuleAt {
  readonly table: Table;
  readonly chain: Chain;
  readonly rule: Rule;
  readonly index: number;
}

/** Every rule of every front end, in the order of the listing. */
export function* allRules(tables: readonly Table[]): Generator<RuleAt> {
  for (const table of tables)
    for (const chain of table.chains)
      for (const [index, rule] of chain.rules.entries()) yield { table, chain, rule, index };
}

/** A base chain from which others are reached. */
export interface Base {
  readonly hook: Hook;
  readonly priority: number;
  readonly type: 'filter' | 'nat' | 'route';
}

const BASES = new WeakMap<Table, ReadonlyMap<string, readonly Base[]>>();

/** The base chains that lead to each chain of a table, by jump, goto or verdict map. */
export function basesOf(table: Table): ReadonlyMap<string, readonly Base[]> {
  const known = BASES.get(table);
  if (known !== undefined) return known;
  const bases = new Map<string, Base[]>();
  const targets = new Map(table.chains.map((chain) => [chain.name, targetsOf(chain, table)] as const));
  for (const { name, base } of table.chains) {
    if (base === undefined) continue;
    const { hook, priority, type } = base;
    const open = [name];
    const seen = new Set(open);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const list = bases.get(at);
      if (list === undefined) bases.set(at, [{ hook, priority, type }]);
      else list.push({ hook, priority, type });
      for (const target of targets.get(at) ?? [])
        if (!seen.has(target)) {
          seen.add(target);
          open.push(target);
        }
    }
  }
  BASES.set(table, bases);
  return bases;
}

/** The base chains that lead to this rule. */
export function basesOfRule({ table, chain }: RuleAt): readonly Base[] {
  return basesOf(table).get(chain.name) ?? [];
}

function targetsOf(chain: Chain, table: Table): readonly string[] {
  const targets = new Set<string>();
  for (const { statement } of digestOf(table).notable.get(chain) ?? [])
    for (const verdict of verdictsOf(statement, table))
      if (verdict.kind === 'jump' || verdict.kind === 'goto') targets.add(verdict.chain);
  return [...targets];
}

/** The IP families whose packets a table's chains see. */
export function familiesOf({ family }: Table): readonly Family[] {
  if (family === 'ip') return ['ipv4'];
  if (family === 'ip6') return ['ipv6'];
  return family === 'inet' ? FAMILIES : [];
}

/** Those of them that the rule's own matches leave. */
export function familiesOfRule(at: Pick<RuleAt, 'table' | 'rule'>): readonly Family[] {
  return FAMILIES.filter((family) => isMetBy(at, family));
}

/** Whether packets of the family come to the rule, and get by its own matches of one. */
export function isMetBy({ table, rule }: Pick<RuleAt, 'table' | 'rule'>, family: Family): boolean {
  if (!familiesOf(table).includes(family)) return false;
  // iptables has a ruleset for each family, and no word for the other one.
  if (table.frontend !== 'nft') return true;
  for (const statement of rule.statements) if (excludes(statement, family)) return false;
  return true;
}

function excludes(statement: Statement, family: Family): boolean {
  if (statement.kind !== 'match') return false;
  const { left, right, operator } = statement;
  // Whatever is asked of one header, a packet of the other family does not have it.
  if (left.kind === 'payload')
    return left.protocol === (family === 'ipv4' ? 'ip6' : 'ip') || left.protocol === 'arp';
  if (left.kind !== 'meta' || left.key !== 'nfproto' || right.kind !== 'string') return false;
  return (right.value === family) === (operator === '!=');
}
