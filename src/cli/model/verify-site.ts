import type { Site } from '../../config/site.ts';
import type { KernelState } from '../../kernel/state.ts';
import { type ExpectedExit, expectedByName } from '../../lab/expected.ts';
import { layOut } from '../../lab/layout.ts';
import type { PacketName } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import { assumedFacts } from './assumed-facts.ts';
import { downSets } from './down-sets.ts';
import { plannedState } from './planned-state.ts';
import { type Exits, exitsOf, type Fault, judgeExits } from './trace-exits.ts';
import { traceMemory } from './trace-memory.ts';
import { traceable, type VerifyFlow, verifyFlows } from './verify-flows.ts';

/** What became of one flow under one failure. */
export interface Cell extends Partial<Fault> {
  readonly exits: Exits;
}

export interface VerifyRow {
  readonly flow: VerifyFlow;
  /** One for each of the states, in their order. */
  readonly cells: readonly Cell[];
}

export interface CheckedExpectation {
  readonly at: number;
  readonly flow: VerifyFlow;
  readonly expected: ExpectedExit;
  readonly cell: Cell;
  readonly state: KernelState;
}

export interface Verification {
  /** The sets of WANs that are down, none first. */
  readonly states: readonly (readonly string[])[];
  /** False where there are more WANs than all sets of which are tried. */
  readonly complete: boolean;
  readonly rows: readonly VerifyRow[];
  readonly expectations: readonly CheckedExpectation[];
  /** Steering rules no flow was found for, with the reason. */
  readonly untried: readonly string[];
}

/** Traces every kind of flow under every failure. Pure: the router is the one the site's rehearsal would build. */
export function verifySite(site: Site): Verification {
  const layout = layOut(site);
  const facts = assumedFacts(layout.topology);
  const { flows, untried } = verifyFlows(site, layout);
  const { sets, complete } = downSets(site.wans.map((wan) => wan.name));
  const memory = traceMemory(flows.map(({ flow }) => flow));
  const columns = sets.map((down) => {
    const { state } = plannedState(site, facts, down);
    const traces = memory.traceAll(state, (at) => packetsFor(flows[at], down));
    return flows.map((flow, at): Cell => {
      const exits = exitsOf(site, layout.topology, traces[at]);
      const expected = flow.expected(down);
      return { exits, ...judgeExits(site, layout.topology, flow, expected, exits) };
    });
  });
  const rows = flows.map((flow, at) => ({ flow, cells: columns.map((column) => column[at] ?? NO_CELL) }));
  return { states: sets, complete, rows, untried, expectations: checkExpectations(site, layout, facts) };
}

/**
 * With several WANs down only where the flow goes is asked: that it stays there has been asked with each one down. What
 * comes in goes out again with its reply.
 */
function packetsFor(
  flow: VerifyFlow | undefined,
  down: readonly string[],
): readonly PacketName[] | undefined {
  if (down.length < 2) return undefined;
  return flow?.by === undefined ? ['P1'] : ['P1', 'R'];
}

const NO_CELL: Cell = { exits: { ways: [], strayed: [] } };

function checkExpectations(
  site: Site,
  layout: ReturnType<typeof layOut>,
  facts: KernelState,
): readonly CheckedExpectation[] {
  return layout.expectations.map(({ expectation, flow }): CheckedExpectation => {
    const { state } = plannedState(site, facts, expectation.down);
    const traced = traceable(flow, site);
    const result = traceFlow(state, traced);
    const exits = exitsOf(site, layout.topology, typeof result === 'string' ? undefined : result);
    const expected = expectedByName(layout.topology, expectation.exit, flow.family, expectation.down);
    const row: VerifyFlow = {
      kind: flow.in === 'router' ? 'router' : 'steered',
      label: '',
      family: flow.family,
      flow: traced,
      expected: () => expected,
    };
    const at = site.expect.indexOf(expectation);
    return {
      at,
      flow: row,
      expected,
      cell: { exits, ...judgeExits(site, layout.topology, row, expected, exits) },
      state,
    };
  });
}
