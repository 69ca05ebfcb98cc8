import type { ApplyReport } from '../../apply/apply.ts';
import type { BackendChoice } from '../../apply/backend.ts';
import type { Look } from '../../apply/observe.ts';
import type { Originals } from '../../apply/records.ts';
import type { Site } from '../../config/site.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Plan } from '../../plan/plan.ts';

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
  const { choice, look, originals, observed, plan, target } = applying;
  return { site, choice, look, originals, facts: observed, own: target, plan, target };
}
