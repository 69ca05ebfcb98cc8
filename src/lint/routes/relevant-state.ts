import type { KernelState } from '../../kernel/state.ts';
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
