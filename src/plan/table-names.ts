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
 * Where two tables have one name, `ip` takes either, and a command that somebody wrote for the other table could change
 * that of a WAN. So a table that had the name before keeps it.
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
