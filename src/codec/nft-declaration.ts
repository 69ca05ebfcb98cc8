import type { Expression } from '../kernel/expression.ts';
import type { NamedSet, Table } from '../kernel/netfilter.ts';
import type { Statement } from '../kernel/statement.ts';
import { writeExpression } from './nft-expression.ts';

/**
 * The set as it must be declared. nft's JSON forgets the `typeof` of a generator's key and the flag `dynamic`; both
 * are seen from the rules that use the set, so that a table that was listed can be written back.
 */
export function declaredSet(table: Table, set: NamedSet): NamedSet {
  const statements = table.chains.flatMap((chain) => chain.rules.flatMap((rule) => rule.statements));
  const updated = statements.some((one) => one.kind === 'set-update' && one.set === set.name);
  const flags = updated && !set.flags.includes('dynamic') ? ['dynamic', ...set.flags] : set.flags;
  if (set.typeof !== undefined || set.key[0] !== 'integer') return { ...set, flags };
  const key = lookedUpBy(statements, set.name) ?? anyGenerator(set);
  return { ...set, flags, typeof: writeExpression(key) };
}

/** A map no rule looks into yet: every generator has the same type. */
function anyGenerator({ elements }: NamedSet): Expression {
  return { kind: 'numgen', mode: 'inc', modulus: Math.max(1, elements.length), offset: 0 };
}

/** The expression that is looked up in the map of this name. */
function lookedUpBy(statements: readonly Statement[], name: string): Expression | undefined {
  return statements.flatMap(lookups).find(({ map }) => map.kind === 'set-ref' && map.name === name)?.key;
}

function lookups(statement: Statement): readonly { readonly key: Expression; readonly map: Expression }[] {
  const mapsOf = (expression: Expression | undefined) => (expression?.kind === 'map' ? [expression] : []);
  switch (statement.kind) {
    case 'vmap':
      return [statement];
    case 'set':
      return mapsOf(statement.value);
    case 'nat':
      return mapsOf(statement.address);
    default:
      return [];
  }
}
