import type { Host } from '../../host/host.ts';

/** Calls `work` soon after the first word, and then no more often than every `pauseMs`, however many words come. */
export interface SettleDown {
  touch(): void;
  stop(): void;
}

/** Long enough for the lines of one change to come together, short beside the time that carrying it out takes. */
const SOON_MS = 5;

export function settleDown(host: Host, pauseMs: number, work: () => void): SettleDown {
  let last = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  return {
    touch: () => {
      if (cancel !== undefined) return;
      const wait = Math.max(SOON_MS, last + pauseMs - host.monotonicMs());
      cancel = host.after(wait, () => {
        cancel = undefined;
        last = host.monotonicMs();
        work();
      });
    },
    stop: () => cancel?.(),
  };
}
