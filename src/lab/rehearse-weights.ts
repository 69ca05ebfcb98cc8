import type { Site } from '../config/site.ts';
import { valueAt } from '../net/value-at.ts';
import { expectedExit, policyOf } from './expected.ts';
import type { Lab } from './lab.ts';
import type { RuleFlow } from './layout.ts';
import type { RehearsedWeights, Verdict } from './rehearsal.ts';
import { sendFlow } from './send-flow.ts';
import { ANSWER_MS } from './sending-for.ts';
import { withSendingPort } from './sending-port.ts';

/** Enough that even a random choice stays within the tolerance (its standard deviation is at most 2.5 points). */
const CONNECTIONS = 400;
const TOLERANCE_POINTS = 8;
/** Of small shares, where that would hide a WAN that gets nothing: as far as chance hardly ever goes. */
const TOLERANCE_DEVIATIONS = 5;
/** Of the smallest, which are a connection or two. */
const LEAST_TOLERANCE_POINTS = 1.5;

/** How connections really spread over the WANs of each policy that balances, tried once per policy and family. */
export async function rehearseWeights(
  lab: Lab,
  site: Site,
  flows: readonly RuleFlow[],
): Promise<readonly RehearsedWeights[]> {
  const results: RehearsedWeights[] = [];
  for (const { rule, family, flow: planned } of flows) {
    const flow = planned === undefined ? undefined : withSendingPort(site, planned, 0);
    const name = policyOf(site, rule, flow);
    const policy = site.policies.find((candidate) => candidate.name === name);
    const spreads = flow?.protocol === 'tcp' && flow.sourcePort === undefined;
    const done = results.some((result) => result.policy === policy?.name && result.family === family);
    if (policy === undefined || flow === undefined || !spreads || done) continue;
    // One client keeps its WAN under `sticky`: its connections say nothing of the weights.
    if (policy.stickyMs !== undefined) continue;
    const expected = expectedExit(site, lab.topology, policy.name, family, []);
    if (expected.kind !== 'wans' || expected.shares.length < 2) continue;
    const seen = await sendFlow(lab, flow, { count: CONNECTIONS, timeoutMs: ANSWER_MS });
    const shares = expected.shares.map(({ wan, percent }) => ({
      wan,
      expectedPercent: round(percent),
      seenPercent: round((100 * (valueAt(seen.exits, wan) ?? 0)) / CONNECTIONS),
    }));
    results.push({ policy: policy.name, family, connections: CONNECTIONS, shares, verdict: judge(shares) });
  }
  return results;
}

function judge(shares: RehearsedWeights['shares']): Verdict {
  const off = shares.filter(
    ({ expectedPercent, seenPercent }) =>
      Math.abs(expectedPercent - seenPercent) > tolerancePoints(expectedPercent),
  );
  if (off.length === 0) return { kind: 'as-planned' };
  return { kind: 'different', why: `${off.map((share) => share.wan).join(', ')} far from the weight` };
}

/** By the standard deviation of a binomial distribution, in points. */
function tolerancePoints(percent: number): number {
  const deviation = Math.sqrt((percent * (100 - percent)) / CONNECTIONS);
  return Math.min(TOLERANCE_POINTS, Math.max(LEAST_TOLERANCE_POINTS, TOLERANCE_DEVIATIONS * deviation));
}

function round(percent: number): number {
  return Math.round(percent * 10) / 10;
}
