import { Refusal } from '../../apply/refusal.ts';
import { withKernelRules } from '../../codec/ip-command.ts';
import type { Site } from '../../config/site.ts';
import type { PolicyRule } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import { CHECKS } from '../../lint/checks.ts';
import type { Finding } from '../../lint/finding.ts';
import { lint } from '../../lint/lint.ts';
import { type MachineParts, makeMachine } from '../../lint/make-machine.ts';
import { FAMILIES } from '../../net/family.ts';
import type { Plan } from '../../plan/plan.ts';
import { placeLive } from './place-live.ts';

/**
 * The errors lint finds in what polywan itself would put on this machine: its own tables, policy rules and routes, beside the
 * machine's links, addresses and routes. Other programs' rules are theirs; nobody is kept from an apply by them.
 */
export function lintPlan(site: Site, plan: Plan, facts: KernelState): readonly Finding[] {
  const state = plannedPart(plan, facts);
  const found = lintState(site, { state, sources: new Map() });
  // Who is to read about it wants the rules in words; laying them out costs as much as looking through them.
  return found.length === 0 ? found : lintState(site, placeLive(state));
}

function plannedPart(plan: Plan, facts: KernelState): KernelState {
  const { desired } = plan;
  const policyRules = FAMILIES.reduce<readonly PolicyRule[]>(withKernelRules, desired.policyRules);
  const own = new Set(
    desired.policyRules.flatMap(({ action }) => (action.kind === 'lookup' ? [action.table] : [])),
  );
  const routes = [
    ...facts.routes.filter(({ table }) => !own.has(table) || isKernels(table)),
    ...desired.routes,
  ];
  return { ...desired, links: facts.links, addresses: facts.addresses, policyRules, routes };
}

function lintState(
  site: Site,
  { state, sources }: Pick<MachineParts, 'state' | 'sources'>,
): readonly Finding[] {
  const all = new Set(FAMILIES);
  const machine = makeMachine({
    name: site.file,
    // It says which WANs do not translate on purpose.
    site,
    state,
    given: { policyRules: all, routes: all, rulesets: all, links: true, sysctls: false, whole: false },
    sources,
    settings: {
      roles: { wan: [...new Set(site.wans.map((wan) => wan.interface))], lan: site.lan },
      reserved: [],
      neighbours: [],
    },
  });
  return lint(machine, GRAVE);
}

/** Only an error keeps from applying, so that nothing else is looked for while somebody waits. */
const GRAVE = CHECKS.filter(({ severity }) => severity === 'error');

/** local, main and default: polywan looks into them, and they are not its own. */
function isKernels(table: number): boolean {
  return table >= 253;
}

/** A plan that would break connections is not carried out (DESIGN section 4). */
export function refuseErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length === 1 ? '' : `, and ${errors.length - 1} more`;
  throw new Refusal(
    `nothing was changed: lint finds an error in what would be applied: ${first.message} (${first.check}; see polywan explain ${first.check})${more}`,
  );
}
