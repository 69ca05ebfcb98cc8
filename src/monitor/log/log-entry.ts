import type { Cause, WanHealth } from '../health/state.ts';
import type { Notice } from '../loop/notice.ts';

/** How bad a notice is, by syslog(3)'s names. */
export type Priority = 'err' | 'warning' | 'notice' | 'info';

/** One line of the log: what was said, and of a transition its parts. */
export interface LogEntry {
  /** Since the epoch. */
  readonly atMs: number;
  readonly kind: Notice['kind'];
  readonly priority: Priority;
  readonly text: string;
  readonly wan?: string;
  readonly from?: WanHealth;
  readonly to?: WanHealth;
  readonly cause?: Cause;
  /** The WAN's latest probes at that moment, oldest first. */
  readonly history?: string;
}
