import type { Rule, Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Nat, Statement } from '../../kernel/statement.ts';
import type { Family } from '../../net/family.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import { basesOf, familiesOf, type RuleAt } from '../all-rules.ts';

/** A rule that translates, at its place. */
export interface NatRule extends RuleAt {
  readonly nat: Nat;
}

const FOUND = new WeakMap<KernelState, readonly NatRule[]>();

/** Every rule that a nat chain leads to and that translates, of all families, in the order of the listing. */
export function natRules(state: KernelState): readonly NatRule[] {
  const known = FOUND.get(state);
  if (known !== undefined) return known;
  const found = state.tables.filter(hasNatChain).flatMap(rulesOf);
  FOUND.set(state, found);
  return found;
}

/** Rules that give packets of this family another source on their way out. */
export function sourceRules(state: KernelState, family: Family): readonly NatRule[] {
  return natRules(state).filter(({ nat, table }) => isSource(nat) && familiesOf(table).includes(family));
}

export function isSource({ type }: Nat): boolean {
  return type === 'masquerade' || type === 'snat';
}

function hasNatChain({ chains }: Table): boolean {
  return chains.some(({ base }) => base?.type === 'nat');
}

function rulesOf(table: Table): readonly NatRule[] {
  const bases = basesOf(table);
  const found: NatRule[] = [];
  for (const chain of table.chains) {
    if (!(bases.get(chain.name) ?? []).some(({ type }) => type === 'nat')) continue;
    for (const [index, rule] of chain.rules.entries()) {
      const nat = rule.statements.find(isNat);
      if (nat !== undefined) found.push({ table, chain, rule, index, nat });
    }
  }
  return found;
}

function isNat(statement: Statement): statement is Nat {
  return statement.kind === 'nat';
}

/** Interfaces that the rule itself asks for on the way out, and whether it takes all others instead. */
export function outInterfaces({
  statements,
}: Rule): readonly { readonly name: string; readonly not: boolean }[] {
  return statements.flatMap((statement) => {
    if (statement.kind !== 'match' || statement.left.kind !== 'meta') return [];
    if (statement.left.key !== 'oifname' && statement.left.key !== 'oif') return [];
    const { right, operator } = statement;
    const keys = right.kind === 'set' ? right.elements.map(({ key }) => key) : [right];
    return keys.flatMap((key) =>
      key.kind === 'string' ? [{ name: key.value, not: operator === '!=' }] : [],
    );
  });
}

/** Networks that the rule itself asks its packets to come from. */
export function sourcePrefixes({ statements }: Rule): readonly Prefix[] {
  return statements.flatMap((statement) => {
    if (statement.kind !== 'match' || statement.operator !== '==' || statement.left.kind !== 'payload')
      return [];
    if (statement.left.field !== 'saddr') return [];
    const { right } = statement;
    const keys = right.kind === 'set' ? right.elements.map(({ key }) => key) : [right];
    return keys.flatMap((key) => {
      if (key.kind === 'prefix') return [key.prefix];
      return key.kind === 'string' ? (parsePrefix(key.value) ?? []) : [];
    });
  });
}
