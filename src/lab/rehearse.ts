import type { Site } from '../config/site.ts';
import type { Host } from '../host/host.ts';
import { type ExpectedExit, expectedExit } from './expected.ts';
import { judgeFlow } from './judge.ts';
import { type Lab, withLab } from './lab.ts';
import { type Layout, layOut, type RuleFlow } from './layout.ts';
import { NOTHING_SEEN, type Rehearsal, type RehearsedFlow, type RehearsedState } from './rehearsal.ts';
import { rehearseForwards } from './rehearse-forwards.ts';
import { rehearseWeights } from './rehearse-weights.ts';
import { notSendable, sendFlow } from './send-flow.ts';

/** Applies the site in the lab's router, as if these WANs were down. */
export type ApplyIn = (lab: Lab, down: readonly string[]) => Promise<void>;

export interface RehearseOptions {
  readonly apply: ApplyIn;
  /** Called with what is being done. */
  readonly progress: (what: string) => void;
}

/** A connection that is to be answered: two SYN retries (after 1 s and 2 s) still fit on a machine under load. */
const ANSWER_MS = 3500;
/** A connection that is to be refused: without latency the first refusal comes before IPv6 listens, the second after 1 s. */
const REFUSAL_MS = 2500;
/** A connection that is to vanish: its answer would come within milliseconds. */
const SILENCE_MS = 600;
/** Connections per flow that several WANs share: enough to meet each of a few WANs, weights are measured apart. */
const SHARED_COUNT = 8;

/** Runs the user's site with real packets: nothing cut, each WAN cut in turn, and all of them. */
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
  options.progress('calling port forwards');
  const forwards = await rehearseForwards(lab, site);
  options.progress('counting connections for the weights');
  const weights = await rehearseWeights(lab, site, layout.flows);
  const names = site.wans.map((wan) => wan.name);
  for (const down of [...names.map((name) => [name]), ...(names.length > 1 ? [names] : [])]) {
    await Promise.all(down.map((wan) => lab.cut(wan, { kind: 'blackhole' })));
    states.push(await rehearseState(lab, site, layout, down, options));
    await Promise.all(down.map((wan) => lab.mend(wan)));
  }
  const asPlanned =
    states.every((state) => state.flows.every((flow) => flow.verdict.kind !== 'different')) &&
    forwards.every((one) => one.outside === 'answered' && (one.hairpin ?? 'answered') === 'answered') &&
    weights.every((one) => one.verdict.kind !== 'different');
  return { states, forwards, weights, asPlanned };
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
  return { down, flows: results };
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
  const policy = rule?.policy ?? (flow?.in === 'router' ? site.localTraffic?.value : undefined);
  const expected = expectedExit(site, lab.topology, policy, family, down);
  const obstacle = flow === undefined ? whyNoFlow(rule) : notSendable(flow);
  if (flow === undefined || obstacle !== undefined) {
    const verdict = { kind: 'not-tried', why: obstacle ?? '' } as const;
    return { ...line, expected, seen: NOTHING_SEEN, verdict };
  }
  const sent = withPort(flow, at);
  const seen = await sendFlow(lab, sent, { count: countFor(expected), timeoutMs: waitFor(expected) });
  return { ...line, flow, expected, seen, verdict: judgeFlow(site, sent, expected, seen) };
}

function whyNoFlow(rule: RuleFlow['rule']): string {
  if (rule?.match.set !== undefined || rule?.match.domain !== undefined)
    return 'the lab does not know what its set will hold';
  return 'no flow found that earlier rules leave to it';
}

/** Below the ports that the kernel gives to connections by itself (32768 and up). */
const FIRST_COLOURED_PORT = 21_000;

/** Flows that the client has to colour are known by a source port of their own. */
function withPort(flow: RehearsedFlow['flow'] & object, at: number) {
  const special = (flow.dscp ?? 0) !== 0 || flow.mac !== undefined;
  return special && flow.sourcePort === undefined ? { ...flow, sourcePort: FIRST_COLOURED_PORT + at } : flow;
}

function countFor(expected: ExpectedExit): number {
  return expected.kind === 'wans' && expected.shares.length > 1 ? SHARED_COUNT : 1;
}

function waitFor(expected: ExpectedExit): number {
  if (expected.kind === 'unreachable') return REFUSAL_MS;
  return expected.kind === 'wans' || (expected.kind === 'main' && expected.wan !== undefined)
    ? ANSWER_MS
    : SILENCE_MS;
}
