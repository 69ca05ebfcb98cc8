import { isWritableRoute, isWritableRule } from '../codec/ip-batch.ts';
import type { PolicyRule, Route } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { describeRoute, describeRule } from './describe.ts';
import { ruleKey, sameRoute } from './same-routing.ts';

/** Routes and policy rules that somebody made in polywan's name, with words that polywan does not know. */
export interface Unwritable {
  readonly routes: readonly Route[];
  readonly policyRules: readonly PolicyRule[];
}

/** Those of `wanted` that are not there any more: they could be taken away, and cannot be put back. */
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

/** What is told of them where something else came back; nothing when there are none. */
export function describeLost({ routes, policyRules }: Unwritable): string {
  const all = [
    ...routes.map((route) => `route ${describeRoute(route)}`),
    ...policyRules.map((rule) => `policy rule ${describeRule(rule)}`),
  ];
  return all.length === 0 ? '' : `, but for what has words that polywan cannot write: ${all.join('; ')}`;
}
