import type { KernelState } from '../../kernel/state.ts';
import type { Flow } from '../../trace/flow.ts';
import type { PacketTrace, TracePath } from '../../trace/trace.ts';
import type { Defect } from './defect.ts';
import { connBits } from './judge.ts';
import { culpritAmong, leavingSteps } from './leaving.ts';
import { lateMarkingStep, markingStep } from './marking.ts';
import { bitsOf, exitOf, packetOf } from './packet-facts.ts';
import { traceInWorld } from './trace-in-world.ts';
import type { World } from './world.ts';

/** The first packet leaves before its mark is saved; it is the reply that gives the connection one, and all stays well. */
export function leftUnsaved(world: World, flow: Flow, path: TracePath): Defect | undefined {
  const first = packetOf(path, 'P1');
  if (first === undefined || connBits(world, first) !== 0 || !isHealed(world, path)) return undefined;
  const marking = lateMarkingStep(first, world.bits) ?? markingStep(first, world.bits);
  if (marking === undefined || (bitsOf(first.end.mark, world.bits) ?? 0) === 0) return undefined;
  const saves = (state: KernelState) =>
    firstPackets(world, flow, state, first).every((one) => (connBits(world, one) ?? 0) !== 0);
  const culprit = culpritAmong(world.state, leavingSteps(first, marking), saves);
  if (culprit === undefined) return undefined;
  return {
    kind: 'left-unsaved',
    world,
    flow,
    path,
    rule: culprit.rule,
    packet: 'P1',
    marking: marking.rule,
    detail: culprit.verdict ?? '',
  };
}

function isHealed(world: World, path: TracePath): boolean {
  return (connBits(world, packetOf(path, 'R')) ?? 0) !== 0;
}

/** First packets of the ways that leave as this one did. */
function firstPackets(
  world: World,
  flow: Flow,
  state: KernelState,
  first: PacketTrace,
): readonly PacketTrace[] {
  const exit = exitOf(first);
  const found = (traceInWorld(world, flow, state)?.paths ?? []).flatMap((path) => packetOf(path, 'P1') ?? []);
  const same = found.filter((one) => exitOf(one) === exit);
  return same.length > 0 ? same : [first];
}
