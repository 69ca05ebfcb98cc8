import { compile } from '../plan/compile.ts';
import type { Machine } from './machine.ts';
import { observeRouting } from './observe.ts';
import type { Wish } from './prepare.ts';

/** How often a booting machine is looked at: DHCP and PPP take seconds, a look takes a millisecond. */
const POLL_MS = 250;

/**
 * Waits until every WAN has its interface and its gateways, at most `waitMs`. What is missing then is left out by the
 * plan, with its warning.
 */
export async function waitForWans(machine: Machine, wish: Wish, waitMs: number): Promise<void> {
  const { host } = machine;
  const end = host.monotonicMs() + waitMs;
  while (!(await allThere(machine, wish))) {
    const leftMs = end - host.monotonicMs();
    if (leftMs <= 0) return;
    await host.sleep(Math.min(leftMs, POLL_MS));
  }
}

/** Whether the plan leaves out no WAN. The backend has no part in that. */
async function allThere(machine: Machine, { site }: Wish): Promise<boolean> {
  const facts = await observeRouting(machine);
  const input = { backend: 'nftables', health: {}, allocation: { slots: {} } } as const;
  return compile(site, facts, input).warnings.every((warning) => warning.wan === undefined);
}
