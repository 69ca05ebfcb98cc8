import type { Table } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Machine } from './machine.ts';
import { observeRouting } from './observe.ts';
import { observeNft } from './observe-nft.ts';

/** What every run asks of the machine whatever the site says, so that it is asked before the site is read. */
export interface FirstLook {
  readonly routing: Promise<KernelState>;
  /** polywan's own table. */
  readonly nft: Promise<readonly Table[]>;
}

/** Asks; `ip` and `nft` answer while polywan reads the site. Whoever changes the machine holds the lock by now. */
export function startLooking(machine: Machine): FirstLook {
  const look = { routing: observeRouting(machine), nft: observeNft(machine.host, 'own') };
  // A site that cannot be used is told first, and then nobody waits for what the machine had to say.
  for (const answer of [look.routing, look.nft]) answer.catch(() => undefined);
  return look;
}
