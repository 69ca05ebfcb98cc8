import type { KernelState } from '../../kernel/state.ts';
import type { Flow } from '../../trace/flow.ts';
import type { TracePath } from '../../trace/trace.ts';
import { type Astray, astrayOf } from './judge.ts';
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
export function isWell({ world, flow, path, astray }: Straying, state: KernelState): boolean {
  const exit = exitName(path, 'P1');
  const ways = (traceInWorld(world, flow, state)?.paths ?? []).filter(
    (way) =>
      exitName(way, 'P1') === exit &&
      // A mark that is drawn anew before the reply is another matter, where it is not this one.
      (astray === 'P1b' || exitName(way, 'P1b') === exit),
  );
  return ways.length > 0 && ways.every((way) => astrayOf(world, flow, way).length === 0);
}

function exitName(path: TracePath, name: 'P1' | 'P1b'): string | undefined {
  const packet = packetOf(path, name);
  return packet === undefined ? undefined : exitOf(packet);
}
