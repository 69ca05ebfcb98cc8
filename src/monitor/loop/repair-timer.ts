import type { Host } from '../../host/host.ts';
import { healPace } from './heal-pace.ts';

/** When the kernel is looked at next, to put back what is not as it was made. */
export interface RepairTimer {
  /** As soon as the pace allows, and not before `leastMs` from now. One that waits already is not given twice. */
  soon(leastMs?: number): void;
  /** A repair was made: so many were within a minute, and so long the next one waits. */
  made(): { readonly times: number; readonly pauseMs: number };
  /** One failed. */
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
