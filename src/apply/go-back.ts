import { ownState } from '../kernel/ownership.ts';
import type { Change } from './change.ts';
import { diff } from './diff.ts';
import { dropEmptyTables } from './empty-tables.ts';
import { execute } from './execute.ts';
import type { Machine } from './machine.ts';
import { type Look, observe } from './observe.ts';
import { tidy } from './owned-files.ts';
import { type Originals, type Point, readApplied, writeApplied } from './records.ts';
import { openSecondLook } from './second-look.ts';
import { lostFor, type Unwritable, withoutLost } from './unwritable.ts';

/** What was done to go back, and what could not be put back. */
export interface Back {
  readonly changes: readonly Change[];
  readonly lost: Unwritable;
}

/**
 * Converges to a recorded state. Routes by devices that have gone in the meantime cannot come back and are left out. Files
 * come last: traffic has its way back also where the disk is full.
 */
export async function goBack(machine: Machine, point: Point, look: Look, made: Originals): Promise<Back> {
  const observed = await observe(machine, look);
  const own = ownState(observed);
  const up = new Set(observed.links.filter((link) => link.up).map((link) => link.name));
  const routes = point.own.routes.filter((route) =>
    route.hops.every((hop) => hop.device === undefined || up.has(hop.device)),
  );
  const wanted = { ...point.own, routes };
  const lost = lostFor(wanted, own);
  const target = withoutLost(wanted, lost);
  const changes = diff(own, target);
  const isFile = ({ kind }: Change) => kind === 'file';
  for (const part of [changes.filter((change) => !isFile(change)), changes.filter(isFile)])
    await execute(machine, part, () => undefined);
  await dropEmptyTables(machine.host, await openSecondLook(machine, look, target).finish(), made.tables);
  tidy(machine.host, look.files, made.directories);
  // Where the record was not reached it needs no room on a disk that may be full.
  if (JSON.stringify(readApplied(machine.host)) !== JSON.stringify(point.applied))
    writeApplied(machine.host, point.applied);
  return { changes, lost };
}
