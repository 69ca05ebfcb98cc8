import type { OwnedFile } from '../kernel/state.ts';
import { isForeignTableNames, readTableNames } from '../kernel/table-names.ts';
import type { PlanWarning } from './plan.ts';
import type { Uplink } from './uplinks.ts';

/** What `ip` is to call the WANs' tables. */
interface TableNaming {
  /** WANs whose tables get their names. */
  readonly named: readonly Uplink[];
  readonly warnings: readonly PlanWarning[];
}

/**
 * Of a name with two numbers `ip` takes either, as they happen to lie in its own list, and so a command that somebody has
 * written for the other table may work on a WAN's: who had the name first keeps it.
 */
export function nameTables(uplinks: readonly Uplink[], files: readonly OwnedFile[]): TableNaming {
  const foreign = files
    .filter(isForeignTableNames)
    .flatMap(({ path, text }) => readTableNames(text).map((entry) => ({ ...entry, path })));
  const takenBy = ({ wan, numbers }: Uplink) =>
    foreign.find(({ name, table }) => name === wan.name && table !== numbers.table);
  return {
    named: uplinks.filter((uplink) => takenBy(uplink) === undefined),
    warnings: uplinks.flatMap((uplink): readonly PlanWarning[] => {
      const { wan, numbers } = uplink;
      const taken = takenBy(uplink);
      if (taken === undefined) return [];
      const message = `WAN ${wan.name}: ${taken.path}:${taken.line} gives its name to table ${taken.table}, so that its own table ${numbers.table} is left without a name`;
      return [{ message, origin: wan.origin }];
    }),
  };
}
