import type { Site, Wan } from '../config/site.ts';
import { isOwnRoute } from '../kernel/ownership.ts';
import type { KernelState } from '../kernel/state.ts';
import { lowestBit } from '../net/mark.ts';
import type { Allocation } from './plan.ts';

/**
 * Automatic tables are 8701, 8702 …: clear of the tables people number by hand (1–255) and of those known programs
 * take (Tailscale 52, Cilium 2004, NetBird 7120, wg-quick 51820), and beginning like polywan's protocol number.
 */
const FIRST_TABLE = 8700;

/**
 * Offsets in the band of 4000 policy-rule priorities, in the order the kernel must ask them: first what main knows
 * beside its default (kernel-facts 5.5), then each mark's table, then its guard (5.6), then the marks of last resorts,
 * last sockets bound to a WAN's own address: the router's own connection has such an address from its first lookup (5.3),
 * and asked earlier that rule would send it out although its mark says that nothing may leave. A thousand each, so a
 * WAN's rules share the last digits.
 */
export const PRIORITY = { main: 0, table: 1000, guard: 2000, lastResort: 2990, from: 3000 } as const;

/** Slots end before the offsets of one kind would reach the next; guards end at the last resorts. */
export const MAX_SLOT = 989;

/** The numbers of one WAN. */
export interface WanNumbers {
  readonly slot: number;
  /** Value within the mask. */
  readonly mark: number;
  readonly table: number;
}

export interface LastResortMarks {
  readonly unreachable: number;
  readonly blackhole: number;
}

/** The two highest values of the mask: a WAN counts up from the lowest, so they meet only when the mask is full. */
export function lastResortMarks(mask: number): LastResortMarks {
  return { unreachable: mask, blackhole: (mask - 2 ** lowestBit(mask)) >>> 0 };
}

/** Bytes of a mask's value for a slot. */
function markOfSlot(slot: number, mask: number): number {
  return (slot << lowestBit(mask)) >>> 0;
}

/**
 * Gives every WAN its numbers. A WAN keeps the slot it has in `allocation`, whatever happens around it; a new one
 * takes the lowest slot that no WAN has or had, whose mark nobody chose by hand and whose table nobody else fills.
 * So a number never passes to another WAN while connections of the first live: its slot is free again only one
 * apply later, and that apply resets them.
 */
export function allocate(
  site: Site,
  facts: KernelState,
  allocation: Allocation,
): { readonly numbers: ReadonlyMap<string, WanNumbers>; readonly allocation: Allocation } {
  const taken = new Set(Object.values(allocation.slots));
  const chosenMarks = new Set(site.wans.flatMap((wan) => (wan.mark === 'auto' ? [] : [wan.mark.value])));
  const chosenTables = new Set(site.wans.flatMap((wan) => (wan.table === 'auto' ? [] : [wan.table.value])));
  const foreignTables = new Set(
    facts.routes.filter((route) => !isOwnRoute(route)).map((route) => route.table),
  );
  const fits = (slot: number, wan: Wan): boolean =>
    (wan.mark !== 'auto' || !chosenMarks.has(markOfSlot(slot, site.markMask))) &&
    (wan.table !== 'auto' ||
      !(chosenTables.has(FIRST_TABLE + slot) || foreignTables.has(FIRST_TABLE + slot)));
  const slots: Record<string, number> = {};
  const numbers = new Map<string, WanNumbers>();
  for (const wan of site.wans) {
    const kept = allocation.slots[wan.name];
    let slot = kept !== undefined && fits(kept, wan) ? kept : 1;
    if (slot !== kept) while (taken.has(slot) || !fits(slot, wan)) slot += 1;
    taken.add(slot);
    slots[wan.name] = slot;
    numbers.set(wan.name, {
      slot,
      mark: wan.mark === 'auto' ? markOfSlot(slot, site.markMask) : wan.mark.value,
      table: wan.table === 'auto' ? FIRST_TABLE + slot : wan.table.value,
    });
  }
  return { numbers, allocation: { slots } };
}
