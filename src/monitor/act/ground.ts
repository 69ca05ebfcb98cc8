import type { ApplyReport } from '../../apply/apply.ts';
import type { BackendChoice } from '../../apply/backend.ts';
import type { Look } from '../../apply/observe.ts';
import type { Applied, Originals } from '../../apply/records.ts';
import { settle } from '../../apply/settle.ts';
import { siteSysctlKeys } from '../../apply/sysctl.ts';
import type { Site } from '../../config/site.ts';
import type { KernelState } from '../../kernel/state.ts';
import { compile } from '../../plan/compile.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Demand } from '../decide/decision.ts';
import { madeOn } from './same-facts.ts';

/** What the daemon stands on between two looks at the machine. */
export interface Ground {
  readonly site: Site;
  readonly choice: BackendChoice;
  readonly look: Look;
  readonly originals: Originals;
  /** All that was last seen, others' part too. */
  readonly facts: KernelState;
  /** polywan's own part, as last seen or made; undefined after a change that failed on the way. */
  readonly own: KernelState | undefined;
  readonly plan: Plan;
  readonly target: KernelState;
}

/** After an apply the machine has its target: the apply itself looked again. */
export function groundOf(site: Site, { applying }: ApplyReport): Ground {
  const { choice, originals, observed, plan, target } = applying;
  // A device that comes later brings settings of its own.
  const sysctls = [...new Set([...applying.look.sysctls, ...siteSysctlKeys(site.wans)])];
  const look = { ...applying.look, sysctls };
  return { site, choice, look, originals, facts: observed, own: madeOn(observed, target), plan, target };
}

/** What a demand makes of it, as things are now. */
export type NextGround = Pick<Ground, 'plan' | 'target' | 'originals'>;

export function planUnder(ground: Ground, { health, held }: Demand): NextGround {
  const { choice, facts, originals, site } = ground;
  const plan = compile(site, facts, {
    backend: choice.backend,
    ...(choice.frontend === undefined ? {} : { iptables: choice.frontend }),
    health,
    held,
    allocation: ground.plan.allocation,
  });
  return { plan, ...settle(plan.desired, facts, ground.target.sysctls, originals) };
}

/** What is new in the record of what is applied. */
export function recordOf({ plan, originals }: NextGround): Partial<Applied> {
  return {
    desired: plan.desired,
    allocation: plan.allocation,
    wans: plan.wans,
    policies: plan.policies,
    originals,
  };
}
