import type { Expression } from '../kernel/expression.ts';
import type { Chain, Table } from '../kernel/netfilter.ts';
import type { Statement } from '../kernel/statement.ts';
import type { RuleAt } from './all-rules.ts';

/** A statement that checks look at, at its place. */
export interface Notable extends RuleAt {
  readonly statement: Statement;
}

/** What checks want to know of every rule, found in one walk: a big ruleset is walked as seldom as can be. */
export interface TableDigest {
  /**
   * All but what most statements of a big ruleset are: a question for fields of packets, interfaces and connections that
   * holds no mark and names no set, a verdict that leads nowhere, a counter.
   */
  readonly notable: ReadonlyMap<Chain, readonly Notable[]>;
  /** Names of interfaces that rules ask for. */
  readonly interfaces: ReadonlySet<string>;
  /** Of rules, where they have one. */
  readonly comments: readonly string[];
}

const KNOWN = new WeakMap<Table, TableDigest>();

export function digestOf(table: Table): TableDigest {
  const known = KNOWN.get(table);
  if (known !== undefined) return known;
  const notable = new Map<Chain, Notable[]>();
  const interfaces = new Set<string>();
  const comments: string[] = [];
  for (const chain of table.chains) {
    const found: Notable[] = [];
    notable.set(chain, found);
    // Plain loops: a hundred thousand rules come through here.
    const { rules } = chain;
    for (let index = 0; index < rules.length; index += 1) {
      const rule = rules[index];
      if (rule === undefined) continue;
      if (rule.comment !== undefined) comments.push(rule.comment);
      for (const statement of rule.statements) {
        if (statement.kind === 'match' && statement.left.kind === 'meta')
          addInterfaces(statement.left.key, statement.right, interfaces);
        if (!isPlain(statement)) found.push({ table, chain, rule, index, statement });
      }
    }
  }
  const digest = { notable, interfaces, comments };
  KNOWN.set(table, digest);
  return digest;
}

function isPlain(statement: Statement): boolean {
  switch (statement.kind) {
    case 'match':
      return statement.right.kind !== 'set-ref' && isPlainField(statement.left);
    case 'verdict':
      return !('chain' in statement.verdict);
    case 'counter':
    case 'unknown-match':
      return true;
    default:
      return false;
  }
}

function isPlainField(left: Expression): boolean {
  switch (left.kind) {
    case 'payload':
      return true;
    case 'meta':
    case 'ct':
      return left.key !== 'mark';
    default:
      return false;
  }
}

function addInterfaces(key: string, right: Expression, interfaces: Set<string>): void {
  if (key === 'iifname' || key === 'oifname' || key === 'iif' || key === 'oif') addNames(right, interfaces);
}

function addNames(right: Expression, names: Set<string>): void {
  if (right.kind === 'string') names.add(right.value);
  else if (right.kind === 'set') for (const { key } of right.elements) addNames(key, names);
}

/** Notable statements of these tables, in the order of the listing. */
export function* notables(tables: readonly Table[]): Generator<Notable> {
  for (const table of tables) for (const found of digestOf(table).notable.values()) yield* found;
}
