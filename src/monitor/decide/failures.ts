import { FAMILIES } from '../../net/family.ts';
import { decide } from './decide.ts';
import type { Demand, MonitorState } from './decision.ts';
import { activeIn } from './standing.ts';

/** Sites with more WANs in use at once are rare, and a plan for each takes its time. */
const MOST = 8;

/** What would be demanded if one of the WANs that new connections take now failed: one demand for each. */
export function failureDemands(state: MonitorState, nowMs: number): readonly Demand[] {
  const active = new Set(
    state.site.policies.flatMap((policy) => FAMILIES.flatMap((family) => activeIn(state, policy, family))),
  );
  return [...active]
    .slice(0, MOST)
    .map((wan) => decide(state, { kind: 'admin', wan, word: 'down' }, nowMs).demand);
}
