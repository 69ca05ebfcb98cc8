import { sameTable } from '../kernel/canonical.ts';
import type { NamedSet, Table } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Change } from './change.ts';

/**
 * What to do to the nft table. Where only elements of sets and maps differ, only they are exchanged; else the whole
 * table is, and takes along what the kernel and others put into its sets.
 */
export function diffNft(observed: KernelState, desired: KernelState): readonly Change[] {
  const before = observed.tables.find(isNft);
  const wanted = desired.tables.find(isNft);
  if (before === undefined && wanted === undefined) return [];
  if (before === undefined || wanted === undefined) return [{ kind: 'nft-table', before, after: wanted }];
  const after = carryOver(before, wanted);
  if (sameTable(before, after)) return [];
  if (!sameTable(withoutElements(before), withoutElements(after)))
    return [{ kind: 'nft-table', before, after }];
  const differing = after.sets.filter((set) => {
    const old = before.sets.find((candidate) => candidate.name === set.name);
    return old !== undefined && !sameTable(only(before, [old]), only(after, [set]));
  });
  const names = new Set(differing.map((set) => set.name));
  const old = before.sets.filter((set) => names.has(set.name));
  return [{ kind: 'nft-elements', before: only(before, old), after: only(after, differing) }];
}

export function isNft(table: Table): boolean {
  return table.frontend === 'nft';
}

/** The wanted table with what is in sets that polywan does not fill: remembered clients with the time they have left. */
function carryOver(before: Table, wanted: Table): Table {
  return {
    ...wanted,
    sets: wanted.sets.map((set) => {
      const old = before.sets.find((candidate) => candidate.name === set.name);
      const fits = old !== undefined && old.kind === set.kind && old.key.join() === set.key.join();
      return fits && isFilledByOthers(set) ? { ...set, elements: old.elements } : set;
    }),
  };
}

/** By packets (dynamic), or by the user or the resolver (timeout); a set without these is polywan's, empty or not. */
function isFilledByOthers({ flags }: NamedSet): boolean {
  return flags.includes('dynamic') || flags.includes('timeout');
}

function withoutElements(table: Table): Table {
  return { ...table, sets: table.sets.map((set) => ({ ...set, elements: [] })) };
}

function only(table: Table, sets: readonly NamedSet[]): Table {
  return { ...table, chains: [], sets };
}
