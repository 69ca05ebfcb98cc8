import type { Site } from '../config/site.ts';
import type { Host } from '../host/host.ts';
import { type ExpectedExit, expectedExit, policyOf } from './expected.ts';
import { judgeFlow } from './judge.ts';
import { type Lab, withLab } from './lab.ts';
import { type Layout, layOut, type RuleFlow } from './layout.ts';
import {
  isAnswered,
  NOTHING_SEEN,
  type Rehearsal,
  type RehearsedExpectation,
  type RehearsedFlow,
  type RehearsedState,
} from './rehearsal.ts';
import { rehearseExpectations, sameCut } from './rehearse-expectations.ts';
import { rehearseForwards } from './rehearse-forwards.ts';
import { rehearseWeights } from './rehearse-weights.ts';
import { notSendable, sendFlow } from './send-flow.ts';
import { sendingFor } from './sending-for.ts';
import { withSendingPort } from './sending-port.ts';
import { whyNoFlow } from './why-no-flow.ts';

/** Applies the site in the lab's router, as if these WANs were down. */
export type ApplyIn = (lab: Lab, down: readonly string[]) => Promise<void>;

export interface RehearseOptions {
  readonly apply: ApplyIn;
  /** Called with what is being done. */
  readonly progress: (what: string) => void;
}

/** Connections per flow that several WANs share: enough to meet each of a few WANs, weights are measured apart. */
const SHARED_COUNT = 8;

/** Runs the user's site with real packets: nothing cut, each WAN cut in turn, all of them, and what its expectations cut. */
export function rehearse(host: Host, site: Site, options: RehearseOptions): Promise<Rehearsal> {
  const layout = layOut(site);
  options.progress('building the lab');
  return withLab(host, layout.topology, (lab) => rehearseIn(lab, site, layout, options));
}

async function rehearseIn(
  lab: Lab,
  site: Site,
  layout: Layout,
  options: RehearseOptions,
): Promise<Rehearsal> {
  const states: RehearsedState[] = [await rehearseState(lab, site, layout, [], options)];
  const expectations: RehearsedExpectation[] = [...(await rehearseExpectations(lab, site, layout, []))];
  options.progress('calling port forwards');
  const forwards = await rehearseForwards(lab, site);
  options.progress('counting connections for the weights');
  const weights = await rehearseWeights(lab, site, layout.flows);
  const names = site.wans.map((wan) => wan.name);
  for (const down of [...names.map((name) => [name]), ...(names.length > 1 ? [names] : [])]) {
    await Promise.all(down.map((wan) => lab.cut(wan, { kind: 'blackhole' })));
    states.push(await rehearseState(lab, site, layout, down, options));
    expectations.push(...(await rehearseExpectations(lab, site, layout, down)));
    await Promise.all(down.map((wan) => lab.mend(wan)));
  }
  for (const down of otherCuts(site, states)) {
    await Promise.all(down.map((wan) => lab.cut(wan, { kind: 'blackhole' })));
    options.progress(`cutting ${down.join(', ')}`);
    await options.apply(lab, down);
    await lab.forgetConnections();
    expectations.push(...(await rehearseExpectations(lab, site, layout, down)));
    await Promise.all(down.map((wan) => lab.mend(wan)));
  }
  const asPlanned =
    states.every((state) => state.flows.every((flow) => flow.verdict.kind !== 'different')) &&
    forwards.every(isAnswered) &&
    weights.every((one) => one.verdict.kind !== 'different') &&
    expectations.every((one) => one.verdict.kind !== 'different');
  return {
    states,
    forwards,
    weights,
    expectations: expectations.sort((a, b) => a.line - b.line),
    asPlanned,
  };
}

/** Sets of WANs that expectations cut and no state has cut. */
function otherCuts(site: Site, states: readonly RehearsedState[]): readonly (readonly string[])[] {
  const cuts: (readonly string[])[] = [];
  for (const { down } of site.expect)
    if (![...states.map((state) => state.down), ...cuts].some((cut) => sameCut(cut, down))) cuts.push(down);
  return cuts;
}

async function rehearseState(
  lab: Lab,
  site: Site,
  { flows }: Layout,
  down: readonly string[],
  { apply, progress }: RehearseOptions,
): Promise<RehearsedState> {
  progress(down.length === 0 ? 'applying the site' : `cutting ${down.join(', ')}`);
  await apply(lab, down);
  await lab.forgetConnections();
  // Pings are told apart by their destination alone, so they go one after the other.
  const results: RehearsedFlow[] = new Array(flows.length);
  const pings: (() => Promise<void>)[] = [];
  await Promise.all(
    flows.map(async (line, at) => {
      const run = async (): Promise<void> => {
        results[at] = await rehearseFlow(lab, site, line, at, down);
      };
      if (line.flow?.protocol.includes('icmp') === true) pings.push(run);
      else await run();
    }),
  );
  for (const ping of pings) await ping();
  // One host is told of five refusals at once and of one more each second (ip_error): who heard of none asks again, alone.
  for (const [at, line] of flows.entries())
    if (isUnheard(results[at])) results[at] = await rehearseFlow(lab, site, line, at, down);
  return { down, flows: results };
}

function isUnheard(flow: RehearsedFlow | undefined): boolean {
  return (
    flow?.verdict.kind === 'different' &&
    flow.expected?.kind === 'unreachable' &&
    Object.keys(flow.seen.exits).length === 0
  );
}

async function rehearseFlow(
  lab: Lab,
  site: Site,
  { rule, family, flow }: RuleFlow,
  at: number,
  down: readonly string[],
): Promise<RehearsedFlow> {
  const base = { from: flow?.in === 'router' ? 'router' : 'lan', family } as const;
  const line = rule === undefined ? base : { ...base, rule: rule.name };
  const expected = expectedExit(site, lab.topology, policyOf(site, rule, flow), family, down);
  const obstacle = flow === undefined ? whyNoFlow(rule) : notSendable(flow);
  if (flow === undefined || obstacle !== undefined) {
    const verdict = { kind: 'not-tried', why: obstacle ?? '' } as const;
    return { ...line, expected, seen: NOTHING_SEEN, verdict };
  }
  const sent = withSendingPort(site, flow, at);
  const seen = await sendFlow(lab, sent, sendingFor(expected, countFor(expected)));
  return { ...line, flow, expected, seen, verdict: judgeFlow(site, lab.topology, sent, expected, seen) };
}

function countFor(expected: ExpectedExit): number {
  return expected.kind === 'wans' && expected.shares.length > 1 ? SHARED_COUNT : 1;
}
