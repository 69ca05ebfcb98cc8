/** When the next repair may be made, so that two programs that disagree do not fill the machine with their quarrel. */
export interface HealPace {
  made(now: number): void;
  /** A repair that failed slows down the next one as one that was made does. */
  failed(now: number): void;
  /** 0 when one may be made at once. */
  waitMs(now: number): number;
  /** Repairs that were made in the last minute. */
  recent(now: number): number;
}

/** What belongs together: a firewall that is loaded in three steps is one event, and is answered at once each time. */
const FREE = 3;
const WITHIN_MS = 60_000;

/** From then on a second, doubling up to this. */
const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

interface Try {
  readonly at: number;
  readonly isMade: boolean;
}

export function healPace(): HealPace {
  let tries: readonly Try[] = [];
  const recentAt = (now: number): readonly Try[] => tries.filter(({ at }) => now - at < WITHIN_MS);
  const note = (at: number, isMade: boolean): void => {
    tries = [...recentAt(at), { at, isMade }];
  };
  return {
    made: (now) => note(now, true),
    failed: (now) => note(now, false),
    waitMs: (now) => {
      const recent = recentAt(now);
      const last = recent.at(-1);
      if (last === undefined || recent.length < FREE) return 0;
      const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** (recent.length - FREE));
      return Math.max(0, last.at + pause - now);
    },
    recent: (now) => recentAt(now).filter(({ isMade }) => isMade).length,
  };
}
