import type { ChildEvent, ProbeResult } from '../event.ts';

/** Where a running probe tells what became of each question. Times are the host's monotonic clock. */
export interface ProbeListener {
  result(sentAt: number, result: ProbeResult): void;
  child(state: ChildEvent['state']): void;
}

/** A probe that runs. */
export interface Prober {
  stop(): void;
}
