import type { Chain } from '../../kernel/netfilter.ts';
import type { Call, ChainGraph } from './chain-graph.ts';

/** A way back to a chain: the jumps in their order, the last one to the chain of the first. */
export interface JumpLoop {
  readonly chains: readonly string[];
  readonly calls: readonly Call[];
}

/** One loop for each group of chains that call each other. */
export function jumpLoops(graph: ChainGraph): readonly JumpLoop[] {
  const loops: JumpLoop[] = [];
  const done = new Set<string>();
  for (const name of graph.chains.keys()) if (!done.has(name)) search(graph, name, done, loops);
  return loops;
}

/** Depth first, without recursion: chains are nested as deep as somebody likes. */
function search(graph: ChainGraph, start: string, done: Set<string>, loops: JumpLoop[]): void {
  const way: { readonly name: string; readonly calls: readonly Call[]; next: number }[] = [];
  const onWay = new Map<string, number>();
  const enter = (name: string) => {
    onWay.set(name, way.length);
    way.push({
      name,
      calls: (graph.chains.get(name) ?? []).flatMap((chain) => callsOf(graph, chain)),
      next: 0,
    });
  };
  enter(start);
  for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
    const call = top.calls[top.next];
    top.next += 1;
    if (call === undefined) {
      way.pop();
      onWay.delete(top.name);
      done.add(top.name);
      continue;
    }
    const back = onWay.get(call.target);
    if (back !== undefined) {
      const round = way.slice(back);
      loops.push({
        chains: round.map(({ name }) => name),
        calls: round.flatMap(({ calls, next }) => calls[next - 1] ?? []),
      });
    } else if (!done.has(call.target) && graph.chains.has(call.target)) enter(call.target);
  }
}

/** Each target once: a second jump to it leads nowhere else. */
function callsOf(graph: ChainGraph, chain: Chain): readonly Call[] {
  const { calls } = graph.mentions(chain);
  return [...new Map([...calls].reverse().map((call) => [call.target, call])).values()].reverse();
}
