import type { MonitorEvent, SiteEvent, TickEvent } from '../event.ts';
import type { Transition, WanHealth } from '../health/state.ts';

/** What a recording holds, in the order it happened. `at` is monotonic, as told to `decide`. */
export type Entry =
  | RecordStart
  | { readonly kind: 'event'; readonly at: number; readonly event: RecordedEvent }
  /** What the monitor that recorded made of it. */
  | { readonly kind: 'transition'; readonly at: number; readonly transition: Transition };

/** A tick follows from the events; a site that was read again begins the recording anew. */
export type RecordedEvent = Exclude<MonitorEvent, SiteEvent | TickEvent>;

/** Where a file, a life of the daemon or a site begins, and after a gap: the clock on the wall may have jumped. */
export interface RecordStart {
  readonly kind: 'start';
  readonly at: number;
  /** Milliseconds since the epoch. */
  readonly wallMs: number;
  readonly wans: readonly RecordedWan[];
}

export interface RecordedWan {
  readonly name: string;
  /** What it was when this began. */
  readonly health: WanHealth;
  readonly intervalMs: number;
  /** By `probeLabel`, in the order of the profile: events name them by their place. */
  readonly probes: readonly string[];
}
