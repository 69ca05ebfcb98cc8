import type { Flow } from '../../trace/flow.ts';
import type { Trace } from '../../trace/trace.ts';
import { traceInWorld } from './trace-in-world.ts';
import type { World } from './world.ts';

/** Follows flows once each, and not more of them than may be. */
export class Tracer {
  private readonly world: World;
  private most: number;
  private readonly wholes = new Map<string, Trace | undefined>();
  private readonly firsts = new Map<string, Trace | undefined>();

  constructor(world: World, most: number) {
    this.world = world;
    this.most = most;
  }

  /** So many more from here on. */
  grant(flows: number): void {
    this.most = this.wholes.size + flows;
  }

  get isSpent(): boolean {
    return this.wholes.size >= this.most;
  }

  /** Up to the packet after the reply; undefined where there were too many already. */
  whole(flow: Flow): Trace | undefined {
    const name = JSON.stringify(flow);
    if (!this.wholes.has(name) && this.wholes.size < this.most)
      this.wholes.set(name, traceInWorld(this.world, flow));
    return this.wholes.get(name);
  }

  /** The first packet alone, which is a quarter of the work. */
  first(flow: Flow): Trace | undefined {
    const name = JSON.stringify(flow);
    const known = this.wholes.get(name) ?? this.firsts.get(name);
    if (known !== undefined || this.firsts.size >= this.most) return known;
    const trace = traceInWorld(this.world, flow, this.world.state, ['P1']);
    this.firsts.set(name, trace);
    return trace;
  }
}
