import type { KernelState } from '../../kernel/state.ts';
import type { Flow } from '../../trace/flow.ts';
import type { PacketName, Trace } from '../../trace/trace.ts';
import type { Machine } from '../machine.ts';
import { traceInWorld } from './trace-in-world.ts';
import type { World } from './world.ts';

/**
 * Rules that packets pass for the sake of showing, of one machine: passing one costs some 0.4 µs, so that what is found is
 * shown within a second however long the ruleset is and however much there is to be found.
 */
const BUDGET = 2_000_000;

/** Of the longest rulesets a few flows are followed all the same. */
const FEWEST = 4;

const ALL: readonly PacketName[] = ['P1', 'P1b', 'R', 'P3'];

interface Spent {
  rules: number;
  flows: number;
}

const SPENT = new WeakMap<Machine, Spent>();

/** Whether enough was followed for this machine: then nothing need be made ready for more. */
export function isSpent(machine: Machine): boolean {
  const spent = SPENT.get(machine);
  return spent !== undefined && spent.rules > BUDGET && spent.flows >= FEWEST;
}

/** Follows a flow, unless too much was followed for this machine already. */
export function traceWithin(
  machine: Machine,
  world: World,
  flow: Flow,
  packets = ALL,
  state: KernelState = world.state,
): Trace | undefined {
  const spent = SPENT.get(machine) ?? { rules: 0, flows: 0 };
  SPENT.set(machine, spent);
  if (isSpent(machine)) return undefined;
  spent.rules += packets.length * rulesOf(state);
  spent.flows += 1;
  return traceInWorld(world, flow, state, packets);
}

const COUNTS = new WeakMap<KernelState['tables'], number>();

function rulesOf({ tables }: KernelState): number {
  const known = COUNTS.get(tables);
  if (known !== undefined) return known;
  let count = 1;
  for (const { chains } of tables) for (const { rules } of chains) count += rules.length;
  COUNTS.set(tables, count);
  return count;
}
