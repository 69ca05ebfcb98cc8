import type { KernelState } from '../kernel/state.ts';
import { digestOf } from './table-digest.ts';

const KNOWN = new WeakMap<KernelState, ReadonlySet<string>>();

/** Every interface that links, routes or rules name. */
export function interfaceNames(state: KernelState): ReadonlySet<string> {
  const known = KNOWN.get(state);
  if (known !== undefined) return known;
  const names = new Set<string>();
  for (const { name } of state.links) names.add(name);
  for (const { hops } of state.routes)
    for (const { device } of hops) if (device !== undefined) names.add(device);
  for (const table of state.tables) for (const name of digestOf(table).interfaces) names.add(name);
  KNOWN.set(state, names);
  return names;
}
