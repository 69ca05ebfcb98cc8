/** When the next repair may be made, so that two programs that disagree do not fill the machine with their quarrel. */
export interface HealPace {
  /** A repair was made, or failed. */
  made(now: number): void;
  /** 0 when one may be made at once. */
  waitMs(now: number): number;
  /** Repairs of the last minute. */
  recent(now: number): number;
}

/** What belongs together: a firewall that is loaded in three steps is one event, and is answered at once each time. */
const FREE = 3;
const WITHIN_MS = 60_000;

/** From then on a second, doubling up to this. */
const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

export function healPace(): HealPace {
  let times: readonly number[] = [];
  const recentAt = (now: number): readonly number[] => times.filter((at) => now - at < WITHIN_MS);
  return {
    made: (now) => {
      times = [...recentAt(now), now];
    },
    waitMs: (now) => {
      const recent = recentAt(now);
      const last = recent.at(-1);
      if (last === undefined || recent.length < FREE) return 0;
      const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** (recent.length - FREE));
      return Math.max(0, last + pause - now);
    },
    recent: (now) => recentAt(now).length,
  };
}
