import type { Site } from '../config/site.ts';
import { expectedByName } from './expected.ts';
import { judgeFlow } from './judge.ts';
import type { Lab } from './lab.ts';
import type { ExpectedFlow, Layout } from './layout.ts';
import { NOTHING_SEEN, type RehearsedExpectation } from './rehearsal.ts';
import { notSendable, sendFlow } from './send-flow.ts';
import { sendingFor } from './sending-for.ts';

/** One connection could leave by the wanted WAN by chance, where a policy has several; eight in a row hardly do. */
const COUNT = 8;

/** Sends the flow of every expectation that has just these WANs down. One after the other: they may name a source port. */
export async function rehearseExpectations(
  lab: Lab,
  site: Site,
  layout: Layout,
  down: readonly string[],
): Promise<readonly RehearsedExpectation[]> {
  const results: RehearsedExpectation[] = [];
  for (const expected of layout.expectations)
    if (sameCut(expected.expectation.down, down)) results.push(await rehearseOne(lab, site, expected));
  return results;
}

async function rehearseOne(
  lab: Lab,
  site: Site,
  { expectation, flow }: ExpectedFlow,
): Promise<RehearsedExpectation> {
  const { origin, down, exit } = expectation;
  const line = { file: origin.file, line: origin.line, flow, down, exit };
  const why = notSendable(flow);
  if (why !== undefined) return { ...line, seen: NOTHING_SEEN, verdict: { kind: 'not-tried', why } };
  const expected = expectedByName(lab.topology, exit, flow.family, down);
  const seen = await sendFlow(lab, flow, sendingFor(expected, COUNT));
  return { ...line, seen, verdict: judgeFlow(site, lab.topology, flow, expected, seen) };
}

export function sameCut(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join(' ') === [...b].sort().join(' ');
}
