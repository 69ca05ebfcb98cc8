import type { Expression } from '../kernel/expression.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Statement } from '../kernel/statement.ts';

const KNOWN = new WeakMap<KernelState, ReadonlySet<string>>();

/** Every interface that links, routes or rules name. */
export function interfaceNames(state: KernelState): ReadonlySet<string> {
  const known = KNOWN.get(state);
  if (known !== undefined) return known;
  const names = new Set<string>();
  for (const { name } of state.links) names.add(name);
  for (const { hops } of state.routes)
    for (const { device } of hops) if (device !== undefined) names.add(device);
  // Plain loops: a big ruleset comes through here, and most statements have nothing to say.
  for (const { chains } of state.tables)
    for (const { rules } of chains)
      for (const { statements } of rules) for (const statement of statements) addNames(statement, names);
  KNOWN.set(state, names);
  return names;
}

function addNames(statement: Statement, names: Set<string>): void {
  if (statement.kind !== 'match' || statement.left.kind !== 'meta') return;
  const { key } = statement.left;
  if (key === 'iifname' || key === 'oifname' || key === 'iif' || key === 'oif')
    addValues(statement.right, names);
}

function addValues(right: Expression, names: Set<string>): void {
  if (right.kind === 'string') names.add(right.value);
  else if (right.kind === 'set') for (const { key } of right.elements) addValues(key, names);
}
