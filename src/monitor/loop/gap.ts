/** Notices that time passed while nothing ran: a suspended machine, a stopped process, a clock that was set. */
export interface GapWatch {
  /** To be called regularly; true when what is under way is not to be trusted. */
  check(monotonicMs: number, wallMs: number): boolean;
}

/** A busy machine may be late by less; `fall` losses of the default interval take as long. */
const GAP_MS = 2000;

export function gapWatch(everyMs: number): GapWatch {
  let last: { readonly monotonicMs: number; readonly wallMs: number } | undefined;
  return {
    check: (monotonicMs, wallMs) => {
      const before = last;
      last = { monotonicMs, wallMs };
      if (before === undefined) return false;
      const ran = monotonicMs - before.monotonicMs;
      // The monotonic clock stands still while the machine sleeps; the wall clock does not.
      const jumped = Math.abs(wallMs - before.wallMs - ran);
      return ran - everyMs > GAP_MS || jumped > GAP_MS;
    },
  };
}
