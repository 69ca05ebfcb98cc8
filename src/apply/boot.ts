import type { Site } from '../config/site.ts';
import type { KernelState } from '../kernel/state.ts';
import { compile } from '../plan/compile.ts';
import { lanNetworks } from '../plan/lan-networks.ts';
import type { Machine } from './machine.ts';
import { observeRouting } from './observe.ts';
import type { Wish } from './prepare.ts';

/** How often a booting machine is looked at: DHCP and PPP take seconds, a look takes a millisecond. */
const POLL_MS = 250;

/**
 * Waits until every WAN has its interface and its gateways, and until the networks inside are known that port forwards
 * need, at most `waitMs`. What is missing then is left out by the plan.
 */
export async function waitForNetworks(machine: Machine, wish: Wish, waitMs: number): Promise<void> {
  const { host } = machine;
  const end = host.monotonicMs() + waitMs;
  while (!(await allThere(machine, wish))) {
    const leftMs = end - host.monotonicMs();
    if (leftMs <= 0) return;
    await host.sleep(Math.min(leftMs, POLL_MS));
  }
}

/** Whether the plan leaves out no WAN and no network inside. The backend has no part in that. */
async function allThere(machine: Machine, { site }: Wish): Promise<boolean> {
  const facts = await observeRouting(machine);
  const input = { backend: 'nftables', health: {}, allocation: { slots: {} } } as const;
  const { warnings } = compile(site, facts, input);
  return warnings.every(({ wan }) => wan === undefined) && knowsCallersInside(site, facts);
}

/** Who calls a forwarded port from inside is told by the networks there; all else by the names of interfaces, at any time. */
function knowsCallersInside(site: Site, facts: KernelState): boolean {
  const forwards = [...site.portForwards, ...site.wans.flatMap(({ portForwards }) => portForwards)];
  return forwards.every(({ to }) => lanNetworks(site, facts, to.family).length > 0);
}
