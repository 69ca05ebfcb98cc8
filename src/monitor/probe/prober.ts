import type { Family } from '../../net/family.ts';
import type { ChildEvent, ProbeResult } from '../event.ts';

/** Where a running probe tells what became of each question. Times are the host's monotonic clock. */
export interface ProbeListener {
  /** `family`: where a name is asked, the one it was last looked up in. */
  result(sentAt: number, result: ProbeResult, family?: Family): void;
  child(state: ChildEvent['state']): void;
  /** The machine does not let the probe run, and why: a sentence with its cure. */
  problem(why: string): void;
}

/** A probe that runs. */
export interface Prober {
  stop(): void;
}
