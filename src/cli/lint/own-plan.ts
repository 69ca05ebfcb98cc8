import { Refusal } from '../../apply/refusal.ts';
import { withKernelRules } from '../../codec/ip-command.ts';
import type { Site } from '../../config/site.ts';
import { isOwnRoute } from '../../kernel/ownership.ts';
import { KERNEL_TABLES, type PolicyRule } from '../../kernel/routing.ts';
import { EMPTY_STATE, type KernelState } from '../../kernel/state.ts';
import type { Check } from '../../lint/check.ts';
import { repliesRoutedByMark } from '../../lint/checks/replies-routed-by-mark.ts';
import { wanWithoutNat } from '../../lint/checks/wan-without-nat.ts';
import { CHECKS } from '../../lint/checks.ts';
import type { Finding } from '../../lint/finding.ts';
import { MARK_FLOW_CHECKS } from '../../lint/groups/mark-flow.ts';
import { lint } from '../../lint/lint.ts';
import { type MachineParts, makeMachine } from '../../lint/make-machine.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import { compile } from '../../plan/compile.ts';
import type { Plan, PlanInput } from '../../plan/plan.ts';
import { placeLive } from './place-live.ts';
import { thinSite } from './thin-site.ts';

/**
 * The errors lint finds in what polywan itself would put on this machine: its own tables, policy rules and routes, beside
 * the machine's links, addresses and routes. Other programs' rules are theirs; nobody is kept from an apply by them.
 * Somebody waits for it, so that flows are followed by two WANs of each policy: all are made alike.
 */
export function lintPlan(site: Site, plan: Plan, observed: KernelState): readonly Finding[] {
  const facts = withoutWaiting(observed, plan);
  const thin = thinSite(site);
  if (thin.wans.length === site.wans.length) return look(site, plan, facts, GRAVE);
  const followed = compile(thin, facts, inputOf(plan));
  return [...look(site, plan, facts, STATIC), ...look(thin, followed, beside(facts, site, thin), FOLLOWING)];
}

function inputOf({ desired, allocation }: Plan): PlanInput {
  const frontend = desired.tables[0]?.frontend ?? 'nft';
  return frontend === 'nft'
    ? { backend: 'nftables', health: {}, allocation }
    : { backend: 'iptables', iptables: frontend, health: {}, allocation };
}

function look(site: Site, plan: Plan, facts: KernelState, checks: readonly Check[]): readonly Finding[] {
  const state = plannedPart(plan.desired, facts);
  const found = lintState(site, { state, sources: new Map() }, checks);
  if (found.length === 0) return found;
  const before = errorsWithout(site, facts, checks);
  const isNew = (finding: Finding) => !before.has(identity(finding));
  if (!found.some(isNew)) return [];
  // Who is to read about it wants the rules in words; laying them out costs as much as looking through them.
  return lintState(site, placeLive(state), checks).filter(isNew);
}

/** What is wrong with this machine's own routes, with or without the plan, keeps nobody from it. */
function errorsWithout(site: Site, facts: KernelState, checks: readonly Check[]): ReadonlySet<string> {
  const state = plannedPart(EMPTY_STATE, facts);
  const found = lintState(site, { state, sources: new Map() }, checks);
  return new Set(found.filter(({ severity }) => severity === 'error').map(identity));
}

function identity({ check, key }: Finding): string {
  return `${check} ${key}`;
}

/** Nobody comes in by an uplink of which no gateway is known yet: it is left out, and the others come up. */
function withoutWaiting(facts: KernelState, { wans }: Plan): KernelState {
  const name = (device: string, family: Family) => `${family} ${device}`;
  const uplinks = new Set<string>();
  const led = new Set<string>();
  for (const { interface: device, families, gateways } of wans)
    for (const family of families) {
      uplinks.add(name(device, family));
      if (gateways[family] !== undefined) led.add(name(device, family));
    }
  const isWaiting = (one: string) => uplinks.has(one) && !led.has(one);
  return without(facts, (device = '', family) => isWaiting(name(device, family)));
}

function without(
  facts: KernelState,
  isGone: (device: string | undefined, family: Family) => boolean,
): KernelState {
  return {
    ...facts,
    addresses: facts.addresses.filter(({ device, family }) => !isGone(device, family)),
    routes: facts.routes.filter(({ hops, family }) => !hops.some(({ device }) => isGone(device, family))),
  };
}

/** The machine without the uplinks that are not followed. */
function beside(facts: KernelState, { wans }: Site, thin: Site): KernelState {
  const kept = new Set(thin.wans.map((wan) => wan.interface));
  const gone = new Set(wans.map((wan) => wan.interface).filter((name) => !kept.has(name)));
  if (gone.size === 0) return facts;
  return {
    ...without(facts, (device = '') => gone.has(device)),
    links: facts.links.filter(({ name }) => !gone.has(name)),
  };
}

function plannedPart(desired: KernelState, facts: KernelState): KernelState {
  const policyRules = FAMILIES.reduce<readonly PolicyRule[]>(withKernelRules, desired.policyRules);
  // Tables that other programs' policy rules lead to are read by nobody here, and polywan's routes of before will be gone.
  const routes = [
    ...facts.routes.filter((route) => KERNEL_TABLES.has(route.table) && !isOwnRoute(route)),
    ...desired.routes,
  ];
  return { ...desired, links: facts.links, addresses: facts.addresses, policyRules, routes };
}

function lintState(
  site: Site,
  { state, sources }: Pick<MachineParts, 'state' | 'sources'>,
  checks: readonly Check[],
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
    quick: true,
  });
  return lint(machine, checks);
}

/** Only an error keeps from applying, so that nothing else is looked for. */
const GRAVE = CHECKS.filter(({ severity }) => severity === 'error');

/** Those that follow flows, one for each rule or mark: with sixty WANs that takes seconds. */
const FOLLOWING = GRAVE.filter(
  (check) => MARK_FLOW_CHECKS.includes(check) || check === repliesRoutedByMark || check === wanWithoutNat,
);
const STATIC = GRAVE.filter((check) => !FOLLOWING.includes(check));

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
