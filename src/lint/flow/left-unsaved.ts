import type { KernelState } from '../../kernel/state.ts';
import type { Flow } from '../../trace/flow.ts';
import type { PacketTrace, TracePath } from '../../trace/trace.ts';
import type { Defect } from './defect.ts';
import { connBits } from './judge.ts';
import { culpritAmong } from './leaving.ts';
import { lateMarkingStep, markingStep } from './marking.ts';
import { bitsOf, exitOf, packetOf } from './packet-facts.ts';
import { traceInWorld } from './trace-in-world.ts';
import type { World } from './world.ts';

/** The first packet leaves before its mark is saved; it is the reply that gives the connection one, and all stays well. */
export function leftUnsaved(world: World, flow: Flow, path: TracePath): Defect | undefined {
  const first = packetOf(path, 'P1');
  if (first === undefined || connBits(world, first) !== 0 || !isHealed(world, path)) return undefined;
  const marking = lateMarkingStep(first, world.bits) ?? markingStep(first, world.bits);
  const endBits = (packet: PacketTrace) => bitsOf(packet.end.mark, world.bits);
  const mark = endBits(first);
  if (marking === undefined || mark === undefined || mark === 0) return undefined;
  const culprit = culpritAmong(world.state, first, marking, (state) => {
    const packets = firstPackets(world, flow, state, first);
    const [one] = packets;
    // What is saved then is what the packet has now, not what rules further on would give it.
    const well =
      packets.length > 0 &&
      packets.every((packet) => connBits(world, packet) === mark && endBits(packet) === mark);
    return one === undefined ? { well } : { well, first: one };
  });
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
  return found.filter((one) => exitOf(one) === exit);
}
