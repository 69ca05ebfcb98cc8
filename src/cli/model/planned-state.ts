import type { Site } from '../../config/site.ts';
import type { KernelState } from '../../kernel/state.ts';
import { allocationOf } from '../../plan/allocation-of.ts';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/health-of.ts';
import type { Plan } from '../../plan/plan.ts';
import { overlayPlan } from './overlay-plan.ts';

/** What a machine with these facts is once the site is applied, with these WANs down. */
export function plannedState(
  site: Site,
  facts: KernelState,
  down: readonly string[],
): { readonly state: KernelState; readonly plan: Plan } {
  const used = facts.tables.find(({ frontend }) => frontend !== 'nft')?.frontend;
  const plan = compile(site, facts, {
    backend: site.backend === 'auto' ? 'nftables' : site.backend,
    ...(used === 'iptables-legacy' ? { iptables: used } : {}),
    health: healthOf(down),
    allocation: allocationOf(site, facts),
  });
  return { state: overlayPlan(facts, plan.desired), plan };
}
