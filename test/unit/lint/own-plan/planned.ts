import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lintPlan } from '../../../../src/cli/lint/own-plan.ts';
import { assumedFacts } from '../../../../src/cli/model/assumed-facts.ts';
import { readSite, type SiteReading } from '../../../../src/config/read-site.ts';
import type { Site } from '../../../../src/config/site.ts';
import type { KernelState } from '../../../../src/kernel/state.ts';
import { layOut } from '../../../../src/lab/layout.ts';
import { compile } from '../../../../src/plan/compile.ts';
import type { Health, Plan } from '../../../../src/plan/plan.ts';

export const ROOT = join(import.meta.dirname, '../../../..');
export const BACKENDS = ['nftables', 'iptables'] as const;

export function siteIn(folder: string): Site {
  return usable(
    readSite(
      join(folder, 'polywan.yaml'),
      (path) => readFileSync(path, 'utf8'),
      (path) => readdirSync(path).sort(),
    ),
  );
}

export function usable({ site, diagnostics }: SiteReading): Site {
  if (site === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return site;
}

export function planOf(
  site: Site,
  facts: KernelState,
  backend: (typeof BACKENDS)[number],
  health: Health = {},
): Plan {
  return compile(site, facts, { backend, health, allocation: { slots: {} } });
}

export function inShort(site: Site, plan: Plan, facts: KernelState): readonly string[] {
  return lintPlan(site, plan, facts).map(
    ({ check, severity, message }) => `${check} (${severity}): ${message}`,
  );
}

/** What keeps from applying. */
export function errorsOf(site: Site, plan: Plan, facts: KernelState): readonly string[] {
  return inShort(site, plan, facts).filter((text) => text.includes('(error)'));
}

/** A machine on which every interface of the site is up and has addresses and a gateway. */
export function factsFor(site: Site): KernelState {
  return assumedFacts(layOut(site).topology);
}

/** A plan's state without the rule that leads marked packets for inside networks there. */
export function notLedInside(state: KernelState): KernelState {
  const policyRules = state.policyRules.filter(
    ({ action }) => action.kind !== 'lookup' || action.suppressPrefixLength === undefined,
  );
  return { ...state, policyRules };
}
