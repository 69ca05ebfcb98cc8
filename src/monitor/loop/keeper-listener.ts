import type { Site } from '../../config/site.ts';
import type { Overtaken } from '../act/own-record.ts';
import type { Demand } from '../decide/decision.ts';
import type { Say } from './notice.ts';

/** What the keeper of the kernel asks and tells. */
export interface KeeperListener {
  demand(): Demand;
  /** What may be demanded next, to be prepared. */
  failures(): readonly Demand[];
  say: Say;
  /** The facts are of a look that began at this time (monotonic, ms). */
  looked(atMs: number): void;
  /** The plan may be another now. */
  planned(): void;
  /** Whether something is missing that may be back at once: the plan does not follow it before. */
  isUnsettled(): boolean;
  /** The machine does not take the site that was to be adopted; this one stays. */
  refused(staying: Site): void;
  /** Somebody else applied, rolled back or removed. */
  overtaken(by: Overtaken): void;
}
