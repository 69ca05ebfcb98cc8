import type { TestFlow } from '../differential/generate.ts';
import { BY_WAN1, PACKETS, sizeOf } from '../differential/hosts.ts';
import type { Observation } from '../differential/lane.ts';
import { inFamily } from '../differential/variation.ts';

/** What becomes of a flow in the kernel. */
export interface Outcome {
  readonly flow: TestFlow;
  /** Where each packet went, `lost` where it came to the router and no further, undefined where none came. */
  readonly ways: Readonly<Record<'P1' | 'P1b' | 'R' | 'P3', string | undefined>>;
}

/** By the sender's address in neither family. */
const HOMES: readonly (readonly [RegExp, string])[] = [
  [/^(?:198\.51\.100\.|2001:db8:51:)/, 'wan0'],
  [/^(?:203\.0\.113\.|2001:db8:113:)/, 'wan1'],
];

export function outcomes({ flows, seen, arrived }: Observation): readonly Outcome[] {
  return flows.map((flow, at) => {
    const way = (name: (typeof PACKETS)[number]) => {
      const size = sizeOf(at, PACKETS.indexOf(name));
      return seen.get(size)?.exit ?? (arrived.has(size) ? 'lost' : undefined);
    };
    return { flow, ways: { P1: way('P1'), P1b: way('P1b'), R: way('R'), P3: way('P3') } };
  });
}

/** Which packet went astray: it left by another WAN than its connection, or was lost. Undefined: all stayed well. */
export function astray({ flow, ways }: Outcome): string | undefined {
  const { P1, P1b, R, P3 } = ways;
  if (P1 === undefined || P1 === 'lost') return undefined;
  if (flow.protocol === 'udp' && P1b !== P1) return `P1b ${P1b}`;
  if (flow.side === 'out' && R !== homeOf(flow)) return `R ${R}`;
  if (R === 'lost' || R === undefined) return `R ${R}`;
  return P3 === P1 ? undefined : `P3 ${P3}`;
}

/** The WAN that a flow from outside comes in by: for a client, the sender's own. */
function homeOf({ from, to }: TestFlow): string {
  const byWan1 = from.address === inFamily(BY_WAN1, 'ipv6') ? 'wan1' : 'wan0';
  return HOMES.find(([pattern]) => pattern.test(to.address))?.[1] ?? byWan1;
}

export function sayOutcome(outcome: Outcome): string {
  const { flow, ways } = outcome;
  const packets = Object.entries(ways).map(([name, way]) => `${name} ${way ?? '-'}`);
  return `${flow.side} ${flow.protocol} ${flow.from.address}:${flow.from.port} > ${flow.to.address}:${flow.to.port}: ${packets.join(', ')}`;
}
