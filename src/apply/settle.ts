import type { KernelState, Sysctl } from '../kernel/state.ts';
import type { Originals } from './records.ts';

/** What to aim at, and what will have to be put back when polywan goes. */
export interface Settled {
  readonly target: KernelState;
  readonly originals: Originals;
}

/**
 * Adds to `desired` the sysctls that polywan set before and wants no more: back to what they were, but only where the
 * value is still the one polywan gave (`ours`); another program's later word stands.
 */
export function settle(
  desired: KernelState,
  observed: KernelState,
  ours: readonly Sysctl[],
  known: Originals,
): Settled {
  const wanted = new Set(desired.sysctls.map((sysctl) => sysctl.key));
  const now = new Map(observed.sysctls.map((sysctl) => [sysctl.key, sysctl.value]));
  const restored = known.sysctls.filter(
    ({ key }) => !wanted.has(key) && ours.some((own) => own.key === key && own.value === now.get(key)),
  );
  const kept = known.sysctls.filter(({ key }) => wanted.has(key));
  const added = desired.sysctls.flatMap(({ key, value }): Sysctl[] => {
    const before = now.get(key);
    const isNew = before !== undefined && before !== value && !kept.some((original) => original.key === key);
    return isNew ? [{ key, value: before }] : [];
  });
  return {
    target: { ...desired, sysctls: [...desired.sysctls, ...restored] },
    originals: { sysctls: [...kept, ...added], directories: known.directories, tables: known.tables },
  };
}

/** Both lists, where they speak of the same thing the first one's word. */
export function mergeOriginals(first: Originals, second: Originals): Originals {
  const known = new Set(first.sysctls.map((sysctl) => sysctl.key));
  const directories = new Set([...first.directories, ...second.directories]);
  return {
    sysctls: [...first.sysctls, ...second.sysctls.filter((sysctl) => !known.has(sysctl.key))],
    directories: [...directories].sort((a, b) => b.length - a.length),
    tables: [...new Set([...first.tables, ...second.tables])],
  };
}
