import { MAIN_TABLE } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import { tableNames } from '../../kernel/table-names.ts';
import type { Family } from '../../net/family.ts';
import { FULL_MASK, type Mark } from '../../net/mark.ts';
import type { Machine } from '../machine.ts';
import { markUsesOf } from '../marks/mark-uses.ts';
import { ownMask } from '../marks/own-mask.ts';
import { presentPrograms } from '../marks/present-programs.ts';

/** Numbers for cures that nobody on the machine has yet. */

/** Where every kernel has main's policy rule. */
const MAIN_PRIORITY = 32766;

/** Behind the rule that asks all of main no other is asked while main has a default. */
function priorityOfMain({ policyRules }: KernelState, family: Family): number {
  const main = policyRules.filter(
    ({ family: of, selector, action }) =>
      of === family &&
      action.kind === 'lookup' &&
      action.table === MAIN_TABLE &&
      action.suppressPrefixLength === undefined &&
      Object.values(selector).every((asked) => asked === undefined),
  );
  return Math.min(MAIN_PRIORITY, ...main.map(({ priority }) => priority));
}

/** The next priority behind this one and before main's; undefined where all are taken. */
export function freePriority(state: KernelState, family: Family, after: number): number | undefined {
  const taken = takenPriorities(state);
  const end = priorityOfMain(state, family);
  let priority = after + 1;
  while (taken.has(priority)) priority += 1;
  return priority < end ? priority : undefined;
}

/** The next `count` priorities in a row before this one, by the first of them; 0 is the local table's. */
export function freePriorityBefore(state: KernelState, before: number, count = 1): number | undefined {
  const taken = takenPriorities(state);
  const isFree = (first: number) => {
    for (let priority = first; priority < first + count; priority += 1) if (taken.has(priority)) return false;
    return true;
  };
  let priority = before - count;
  while (priority > 0 && !isFree(priority)) priority -= 1;
  return priority > 0 ? priority : undefined;
}

/** One that is asked before main, and behind this one where there is any. */
export function priorityForRule(state: KernelState, family: Family, after: number): number {
  return (
    freePriority(state, family, after) ??
    freePriorityBefore(state, priorityOfMain(state, family)) ??
    // All of them are taken: nobody has so many.
    after + 1
  );
}

function takenPriorities({ policyRules }: KernelState): ReadonlySet<number> {
  return new Set(policyRules.map(({ priority }) => priority));
}

/** Tables of uplinks by custom begin here. */
const FIRST_TABLE = 101;

export function freeTable(state: KernelState, taken: readonly number[] = []): number {
  const { routes, policyRules } = state;
  const used = new Set([
    ...taken,
    ...tableNames(state).keys(),
    ...routes.map(({ table }) => table),
    ...policyRules.map(({ action }) => (action.kind === 'lookup' ? action.table : 0)),
  ]);
  let table = FIRST_TABLE;
  while (used.has(table)) table += 1;
  return table;
}

const BYTES = [0xff, 0xff00, 0xff0000, 0xff000000];

/** A byte of the mark that none of these bits are in, the highest first: programs mostly take the low ones. */
export function freeByte(taken: number): number | undefined {
  return [...BYTES].reverse().find((byte) => (byte & taken) === 0);
}

/** Bits of programs that are on the machine. */
export function bitsOfPrograms(machine: Machine): number {
  return presentPrograms(machine).reduce((bits, { whole, mask }) => (bits | (whole ? 0 : mask)) >>> 0, 0);
}

/** A mark that nobody sets or asks for: under the mask of the machine's own, where it has one. */
export function freeMark(machine: Machine, family: Family, taken: readonly number[] = []): Mark {
  const own = ownMask(machine, family);
  const used = new Set([
    ...taken,
    ...markUsesOf(machine.state, family).writes.flatMap(({ constants = [] }) => constants),
    ...machine.state.policyRules.map(({ selector }) => selector.fwmark?.value ?? 0),
  ]);
  const everyone = (bitsOfPrograms(machine) | (own === undefined ? union(used) : 0)) >>> 0;
  const mask = own ?? BYTES.find((byte) => (byte & everyone) === 0) ?? FULL_MASK;
  const step = (mask & -mask) >>> 0;
  for (let value = step; value <= mask; value += step)
    if ((value & ~mask) === 0 && !used.has(value)) return { value, mask };
  return { value: step, mask };
}

function union(values: Iterable<number>): number {
  let bits = 0;
  for (const value of values) bits |= value;
  return bits >>> 0;
}

function shiftOf(byte: number): number {
  return 31 - Math.clz32(byte & -byte);
}

/** The same mark in bits that are nobody's: its lowest byte moved there. */
export function movedMark(value: number, taken: number): Mark | undefined {
  const mask = freeByte(taken);
  if (mask === undefined) return undefined;
  const byte = BYTES.find((one) => (one & value) !== 0) ?? 0xff;
  const low = (value & byte) >>> shiftOf(byte);
  return { value: (Math.max(1, low) << shiftOf(mask)) >>> 0, mask };
}
