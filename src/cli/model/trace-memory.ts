import type { KernelState } from '../../kernel/state.ts';
import type { Flow } from '../../trace/flow.ts';
import type { PacketName, Trace } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import { stateParts } from './state-parts.ts';

export interface TraceMemory {
  /** A trace for each of the flows, of these packets (default all); undefined for one that cannot be. */
  readonly traceAll: (
    state: KernelState,
    packetsOf: (at: number) => readonly PacketName[] | undefined,
  ) => readonly (Trace | undefined)[];
}

/** Traces whose walks came to the same parts of the state, by what those parts were. */
interface Remembered {
  readonly parts: readonly string[];
  readonly traces: Map<string, Trace | undefined>;
}

/**
 * Traces flows through states that are mostly the same. A walk reads the base chains, the chains it was sent to, the sets
 * those name, and routing: where all of these are as they were, it would go the same way again.
 */
export function traceMemory(flows: readonly Flow[]): TraceMemory {
  const memories = flows.map((): Remembered[] => []);
  const numbers = new Map<string, number>();
  return {
    traceAll: (state, packetsOf) => {
      const parts = stateParts(state, numbers);
      return flows.map((flow, at) => {
        const packets = packetsOf(at);
        const lead = `${packets?.join() ?? ''} ${parts.common} `;
        const keyOf = (names: readonly string[]) => lead + names.map(parts.content).join();
        const memory = memories[at] ?? [];
        for (const { parts: names, traces } of memory) {
          const key = keyOf(names);
          if (traces.has(key)) return traces.get(key);
        }
        const traced = traceFlow(state, flow, packets === undefined ? {} : { packets });
        const trace = typeof traced === 'string' ? undefined : traced;
        const names = trace === undefined ? [] : parts.reached(chainsOf(trace));
        placeFor(memory, names).traces.set(keyOf(names), trace);
        return trace;
      });
    },
  };
}

function placeFor(memory: Remembered[], parts: readonly string[]): Remembered {
  const known = memory.find((one) => one.parts.join() === parts.join());
  if (known !== undefined) return known;
  const made: Remembered = { parts, traces: new Map() };
  memory.push(made);
  return made;
}

/** Chains of rules that took effect, and those they sent the walk to. */
function chainsOf(trace: Trace): ReadonlySet<string> {
  const chains = new Set<string>();
  for (const { packets } of trace.paths)
    for (const { steps } of packets)
      for (const step of steps)
        if (step.kind === 'rule') {
          const { frontend, family, table, chain } = step.rule;
          const lead = `${frontend} ${family} ${table}`;
          chains.add(`${lead} ${chain}`);
          const target = /^(?:jump|goto) (.+)$/.exec(step.verdict ?? '')?.[1];
          if (target !== undefined) chains.add(`${lead} ${target}`);
        }
  return chains;
}
