import type { Site, Wan } from '../config/site.ts';
import { isOwnRoute } from '../kernel/ownership.ts';
import type { KernelState } from '../kernel/state.ts';
import { lowestBit } from '../net/mark.ts';
import { valueAt } from '../net/value-at.ts';
import type { Allocation } from './plan.ts';

/**
 * Automatic tables are 8701, 8702 …: clear of the tables people number by hand (1–255) and of those known programs
 * take (Tailscale 52, Cilium 2004, NetBird 7120, wg-quick 51820), and beginning like polywan's protocol number.
 */
export const FIRST_TABLE = 8700;

/**
 * Offsets in the band of 4000 policy-rule priorities, in the order the kernel must ask them: first what main knows
 * beside its default (kernel-facts 5.5), sockets bound to a WAN's device, with many WANs what leads on to the first WAN
 * of a group, then each mark's table, then its guard (5.6), then the marks of last resorts, last sockets bound to a
 * WAN's own address: the router's own connection has such an address from its first lookup (5.3), and asked earlier
 * that rule would send it out although its mark says that nothing may leave. A thousand each, so a WAN's rules share
 * the last digits. The band ends with one guard for each of these addresses: where its table has no default, main would
 * send it out by another WAN, from an address that is not that WAN's.
 */
export const PRIORITY = {
  main: 0,
  /** Forwarded packets are bound to no device, and go on behind the rules for those that are. */
  forwarded: 1,
  bound: 2,
  behindBound: 3,
  group: 10,
  table: 1000,
  guard: 2000,
  lastResort: 2990,
  from: 3000,
  fromGuard: 3999,
} as const;

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

/** The value of a slot, in the mask's place. */
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
  const fits = fitting(site, facts);
  const all = range(lastSlot(site));
  const held = new Set(Object.values(allocation.slots));
  const slots: Record<string, number> = {};
  const numbers = new Map<string, WanNumbers>();
  const given = new Set(
    site.wans.flatMap((wan) => {
      const kept = valueAt(allocation.slots, wan.name);
      return kept !== undefined && fits(kept, wan) ? [kept] : [];
    }),
  );
  // Who counts on a mark of its slot chooses first: to the others any number will do.
  const automatic = site.wans.filter((wan) => wan.mark === 'auto');
  for (const wan of new Set([...automatic, ...site.wans])) {
    const kept = valueAt(allocation.slots, wan.name);
    const free = (taken: ReadonlySet<number>): number | undefined =>
      all.find((slot) => !taken.has(slot) && !given.has(slot) && fits(slot, wan));
    // A full mask leaves only the number of a WAN that goes away in this very apply.
    const slot = kept !== undefined && fits(kept, wan) ? kept : (free(held) ?? free(new Set()));
    if (slot === undefined) throw new Error(`no number is left for WAN ${wan.name} within mark_mask`);
    given.add(slot);
    slots[wan.name] = slot;
    numbers.set(wan.name, {
      slot,
      mark: wan.mark === 'auto' ? markOfSlot(slot, site.markMask) : wan.mark.value,
      table: wan.table === 'auto' ? FIRST_TABLE + slot : wan.table.value,
    });
  }
  return { numbers, allocation: { slots } };
}

/** Slots of automatic marks end before the marks of the last resorts, all before the next kind of policy rule. */
export function lastSlot(site: Site): number {
  const marks = (site.markMask >>> lowestBit(site.markMask)) - 2;
  const span = PRIORITY.lastResort - PRIORITY.guard - 1;
  return site.wans.every((wan) => wan.mark !== 'auto') ? span : Math.min(marks, span);
}

function range(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** Whether a WAN can have a slot: nobody chose its mark by hand, and nobody else fills its table. */
function fitting(site: Site, facts: KernelState): (slot: number, wan: Wan) => boolean {
  const chosenMarks = new Set(site.wans.flatMap((wan) => (wan.mark === 'auto' ? [] : [wan.mark.value])));
  const chosenTables = new Set(site.wans.flatMap((wan) => (wan.table === 'auto' ? [] : [wan.table.value])));
  const foreignTables = new Set(
    facts.routes.filter((route) => !isOwnRoute(route)).map((route) => route.table),
  );
  return (slot, wan) =>
    slot <= lastSlot(site) &&
    (wan.mark !== 'auto' || !chosenMarks.has(markOfSlot(slot, site.markMask))) &&
    (wan.table !== 'auto' ||
      !(chosenTables.has(FIRST_TABLE + slot) || foreignTables.has(FIRST_TABLE + slot)));
}
