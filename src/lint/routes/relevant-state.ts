import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { familiesOf } from '../all-rules.ts';
import { relevantTables } from '../flow/relevant-tables.ts';

const KNOWN = new WeakMap<KernelState, KernelState>();

/** The state without filters: they say nothing of where marked packets go, and are what is long in a ruleset. */
export function relevantState(state: KernelState): KernelState {
  const known = KNOWN.get(state);
  if (known !== undefined) return known;
  const made = { ...state, tables: relevantTables(state.tables) };
  KNOWN.set(state, made);
  return made;
}

/** The same without the tables that packets of this family never meet. */
export function relevantStateOf(state: KernelState, family: Family): KernelState {
  const relevant = relevantState(state);
  const tables = relevant.tables.filter((table) => familiesOf(table).includes(family));
  return tables.length === relevant.tables.length ? relevant : { ...relevant, tables };
}
