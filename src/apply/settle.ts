import type { KernelState, Sysctl } from '../kernel/state.ts';
import type { Originals } from './records.ts';
import { switchOf, writtenAlong } from './written-along.ts';

/** What to aim at, and what will have to be put back when polywan goes. */
export interface Settled {
  readonly target: KernelState;
  readonly originals: Originals;
}

/**
 * Adds to `desired` the sysctls that polywan set before and wants no more: back to what they were, but only where the
 * value is still the one polywan gave (`ours`); another program's later word stands. A switch of forwarding takes back
 * with it what the kernel wrote along.
 */
export function settle(
  desired: KernelState,
  observed: KernelState,
  ours: readonly Sysctl[],
  known: Originals,
): Settled {
  const wanted = new Set(desired.sysctls.map((sysctl) => sysctl.key));
  const now = new Map(observed.sysctls.map((sysctl) => [sysctl.key, sysctl.value]));
  const isWanted = ({ key }: Sysctl) => wanted.has(switchOf(key) ?? key);
  const kept = known.sysctls.filter(isWanted);
  const over = known.sysctls.filter((sysctl) => !isWanted(sysctl));
  const back = over.filter(
    ({ key }) =>
      switchOf(key) === undefined && ours.some((own) => own.key === key && own.value === now.get(key)),
  );
  const switches = new Set(back.map((sysctl) => sysctl.key));
  // The switch was no change for them, and its way back is one.
  const along = over.filter(({ key, value }) => switches.has(switchOf(key) ?? '') && now.get(key) === value);
  const added = desired.sysctls.flatMap(({ key, value }): readonly Sysctl[] => {
    const before = now.get(key);
    const isNew = before !== undefined && before !== value && !kept.some((original) => original.key === key);
    return isNew ? withAlong({ key, value: before }, now) : [];
  });
  return {
    target: { ...desired, sysctls: [...desired.sysctls, ...back, ...along] },
    originals: { sysctls: [...kept, ...added], directories: known.directories, tables: known.tables },
  };
}

/** A value to put back, and those that this would change. */
function withAlong(sysctl: Sysctl, now: ReadonlyMap<string, string>): readonly Sysctl[] {
  const changed = writtenAlong(sysctl, now.keys()).flatMap(({ key, value }): Sysctl[] => {
    const before = now.get(key);
    return before === undefined || before === value ? [] : [{ key, value: before }];
  });
  return [sysctl, ...changed];
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
