import type { Machine } from './machine.ts';
import { askRouting, type RoutingTexts } from './observe.ts';

/** What every run asks of the machine whatever the site says, so that it is asked before the site is read. */
export interface FirstLook {
  readonly routing: readonly Promise<RoutingTexts>[];
  /** polywan's own table as nft lists it; undefined when there is none. */
  readonly nft: Promise<string | undefined>;
}

/** Asks; `ip` and `nft` answer while polywan reads the site. Whoever changes the machine holds the lock by now. */
export function startLooking(machine: Machine): FirstLook {
  // nft takes the longest.
  const nft = machine.nft.list();
  const look = { routing: askRouting(machine), nft };
  // A site that cannot be used is told first, and then nobody waits for what the machine had to say.
  for (const answer of [...look.routing, look.nft]) answer.catch(() => undefined);
  return look;
}
