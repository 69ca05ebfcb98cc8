import type { Flow } from '../../trace/flow.ts';
import { exitOf, packetOf } from './packet-facts.ts';
import { traceInWorld } from './trace-in-world.ts';
import type { World } from './world.ts';

/** Where a packet of the flow with this mark is routed to when no rule touches it; undefined where that is left to chance. */
export function exitOfMark(world: World, flow: Flow, mark: number): string | undefined {
  const trace = traceInWorld(world, { ...flow, mark }, { ...world.state, tables: [] });
  const exits = new Set(
    trace?.paths.map((path) => {
      const first = packetOf(path, 'P1');
      return first === undefined ? undefined : exitOf(first);
    }),
  );
  return exits.size === 1 ? [...exits][0] : undefined;
}
