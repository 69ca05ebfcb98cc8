import { sysctlKey } from '../kernel/sysctl-key.ts';
import { deviceSysctl } from './device-sysctl.ts';
import type { StateIndex } from './index-state.ts';
import type { RuleRef, Unmodelled } from './trace.ts';

/** What one trace shares among its paths: the state, and what is told at the end. */
export interface World {
  readonly index: StateIndex;
  readonly limits: Set<string>;
  readonly assumed: Set<string>;
  readonly unmodelled: Map<string, Unmodelled>;
  connections: number;
  variables: number;
}

export function newWorld(index: StateIndex): World {
  return {
    index,
    limits: new Set(),
    assumed: new Set(),
    unmodelled: new Map(),
    connections: 0,
    variables: 0,
  };
}

export function noteUnmodelled(world: World, text: string, rule?: RuleRef): void {
  const key = rule === undefined ? text : `${text} ${rule.table} ${rule.chain} ${rule.index}`;
  if (!world.unmodelled.has(key)) world.unmodelled.set(key, rule === undefined ? { text } : { text, rule });
}

/** A sysctl as a number; what the state does not say is 0 (or `otherwise`), and the trace says that it was assumed. */
export function sysctlNumber(world: World, key: string, otherwise = 0): number {
  const value = world.index.sysctl(key);
  if (value !== undefined) return Number(value);
  world.assumed.add(`${key} is not in the state: taken as ${otherwise}`);
  return otherwise;
}

/** all and the interface's own: the higher one counts (IN_DEV_MAXCONF, kernel-facts 5.9). */
export function highestOf(world: World, device: string, name: string): number {
  const [all, own] = ['all', device].map((of) => deviceSysctl(world.index, 'ipv4', of, name));
  if (all === undefined && own === undefined)
    world.assumed.add(`${sysctlKey('ipv4', device, name)} is not in the state: taken as 0`);
  return Math.max(Number(all ?? 0), Number(own ?? 0));
}
