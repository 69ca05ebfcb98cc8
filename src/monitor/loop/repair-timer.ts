import type { Host } from '../../host/host.ts';
import { healPace } from './heal-pace.ts';

/** When the kernel is looked at next, to put back what is not as it was made. */
export interface RepairTimer {
  /** As soon as the pace allows, and not before `leastMs` from now. While a look is due already, this changes nothing. */
  soon(leastMs?: number): void;
  /** To be called when a repair was made: gives how many were within a minute, and how long the next one has to wait. */
  made(): { readonly times: number; readonly pauseMs: number };
  /** To be called when one failed. */
  failed(): void;
  stop(): void;
}

export function repairTimer(host: Pick<Host, 'after' | 'monotonicMs'>, repair: () => void): RepairTimer {
  const pace = healPace();
  let cancel: (() => void) | undefined;
  let stopped = false;
  return {
    soon: (leastMs = 0) => {
      if (stopped || cancel !== undefined) return;
      cancel = host.after(Math.max(leastMs, pace.waitMs(host.monotonicMs())), () => {
        cancel = undefined;
        repair();
      });
    },
    made: () => {
      const now = host.monotonicMs();
      pace.made(now);
      return { times: pace.recent(now), pauseMs: Math.round(pace.waitMs(now)) };
    },
    failed: () => pace.failed(host.monotonicMs()),
    stop: () => {
      stopped = true;
      cancel?.();
    },
  };
}
