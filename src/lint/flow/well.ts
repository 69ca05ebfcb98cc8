import type { KernelState } from '../../kernel/state.ts';
import type { Flow } from '../../trace/flow.ts';
import type { PacketTrace, TracePath } from '../../trace/trace.ts';
import { saving, savingLast } from './counterfactual.ts';
import { type Astray, astrayOf, routedBits } from './judge.ts';
import { exitOf, packetOf } from './packet-facts.ts';
import { traceInWorld } from './trace-in-world.ts';
import type { World } from './world.ts';

/** A way of a flow on which a packet goes astray. */
export interface Straying {
  readonly world: World;
  readonly flow: Flow;
  readonly path: TracePath;
  readonly astray: Astray;
}

/** Whether in this other state the flow goes where its first packet went, and stays there. */
export function isWell(straying: Straying, state: KernelState): boolean {
  return attempt(straying, state).well;
}

/** The state in which the mark is saved: also after routing, where a rule there writes something else. */
export function savedState(straying: Straying): KernelState {
  const { world } = straying;
  const saved = saving(world.state, world.bits);
  if (isWell(straying, saved)) return saved;
  const last = savingLast(world.state, world.bits);
  return isWell(straying, last) ? last : saved;
}

/** The same, with the first packet as it is in that state. */
export function attempt(
  { world, flow, path, astray }: Straying,
  state: KernelState,
): { readonly well: boolean; readonly first?: PacketTrace } {
  const exit = exitName(path, 'P1');
  const mark = routedBits(world, packetOf(path, 'P1'));
  const ways = (traceInWorld(world, flow, state)?.paths ?? []).filter(
    (way) =>
      exitName(way, 'P1') === exit &&
      // A packet that leaves by this uplink without the mark has none to lose; what comes in is not routed by one.
      (astray === 'R' || routedBits(world, packetOf(way, 'P1')) === mark) &&
      // A mark that is drawn anew before the reply is another matter, where it is not this one.
      (astray === 'P1b' || exitName(way, 'P1b') === exit),
  );
  const [way] = ways;
  const first = way === undefined ? undefined : packetOf(way, 'P1');
  const well = ways.length > 0 && ways.every((one) => astrayOf(world, flow, one).length === 0);
  return first === undefined ? { well } : { well, first };
}

function exitName(path: TracePath, name: 'P1' | 'P1b'): string | undefined {
  const packet = packetOf(path, name);
  return packet === undefined ? undefined : exitOf(packet);
}
