import { isWritableRoute, isWritableRule } from '../codec/ip-batch.ts';
import type { PolicyRule, Route } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { describeRoute, describeRule } from './describe.ts';
import { ruleKey, sameRoute } from './same-routing.ts';

/** Routes and policy rules with polywan's protocol number that somebody else made, with words that polywan does not know. */
export interface Unwritable {
  readonly routes: readonly Route[];
  readonly policyRules: readonly PolicyRule[];
}

/** Those of `wanted` that are gone: they could be taken away, but not put back. */
export function lostFor(wanted: KernelState, seen: KernelState): Unwritable {
  const rules = new Set(seen.policyRules.map(ruleKey));
  return {
    routes: wanted.routes.filter(
      (route) => !isWritableRoute(route) && !seen.routes.some((other) => sameRoute(route, other)),
    ),
    policyRules: wanted.policyRules.filter((rule) => !isWritableRule(rule) && !rules.has(ruleKey(rule))),
  };
}

export function withoutLost(wanted: KernelState, { routes, policyRules }: Unwritable): KernelState {
  return {
    ...wanted,
    routes: wanted.routes.filter((route) => !routes.includes(route)),
    policyRules: wanted.policyRules.filter((rule) => !policyRules.includes(rule)),
  };
}

/** The end of a sentence that says that everything else is back; empty when nothing is lost. */
export function describeLost({ routes, policyRules }: Unwritable): string {
  const all = [
    ...routes.map((route) => `route ${describeRoute(route)}`),
    ...policyRules.map((rule) => `policy rule ${describeRule(rule)}`),
  ];
  return all.length === 0 ? '' : `, but for what has words that polywan cannot write: ${all.join('; ')}`;
}
