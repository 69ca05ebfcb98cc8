import type { Site } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import type { Health } from '../../plan/plan.ts';
import type { AdminWord } from '../event.ts';
import type { Flaps } from '../health/damping.ts';
import type { Cause, Transition, WanState } from '../health/state.ts';

/** Everything the monitor knows. Plain data, bounded in size, the same for the same events. */
export interface MonitorState {
  readonly site: Site;
  /** Monotonic; never goes back. */
  readonly now: number;
  /** In the order of the site. */
  readonly wans: readonly WanState[];
  readonly taken: Taken;
  readonly demand: Demand;
  readonly wakeAt?: number;
}

/**
 * Policy by name → those of its members that it may use for each family. A WAN leaves when it or the family goes down, and
 * comes back when both have been up for the policy's `failback_after`, or when the policy has no other.
 */
export type Taken = Readonly<Record<string, Readonly<Record<Family, readonly string[]>>>>;

/** What `compile` is to be asked for: `PlanInput.health` and `PlanInput.held`. */
export interface Demand {
  readonly health: Health;
  /** Policy → members, or one family of them, that are well but do not take its new connections yet. */
  readonly held: Readonly<Record<string, readonly string[]>>;
}

export interface Decision {
  readonly state: MonitorState;
  readonly transitions: readonly Transition[];
  /** Families that went down or returned while their WAN stayed in use. */
  readonly familyTurns: readonly FamilyTurn[];
  readonly demand: Demand;
  /**
   * The kernel is to be brought to `compile(site, facts, demand)`: the demand, a link, gateway, address or the site
   * changed.
   */
  readonly recompile: boolean;
  /** To be carried out after the new plan is in, never before. */
  readonly resets: readonly ConnectionReset[];
  /** When no WAN is in use: the likeliest to return, to be probed on at full pace. */
  readonly leastBad?: string;
  /** When `decide` wants a tick, if nothing else comes before; absent: never. */
  readonly wakeAt?: number;
}

/** Connections that are to end, so that their owners connect again by another WAN. */
export interface ConnectionReset {
  readonly wan: string;
  readonly family: Family;
  readonly why: ResetReason;
  /** Every connection with the WAN's mark; otherwise only those that `policies` steered. */
  readonly all: boolean;
  readonly policies: readonly string[];
}

/**
 * failed: the WAN carries nothing any more (`on_failure`). admin: the same, as an administrator wants it so. moved: a
 * better tier took over again (`on_recovery`).
 */
export type ResetReason = 'failed' | 'admin' | 'moved';

/** One family of a WAN that is down alone, or back. */
export interface FamilyTurn {
  readonly wan: string;
  readonly family: Family;
  readonly down: boolean;
  /** What is wrong, or was until now. */
  readonly cause?: Cause;
}

/** What survives a restart of the daemon, as JSON. Times are monotonic, made another process's by loop/memory.ts. */
export interface Memory {
  /** WANs with a word other than auto. */
  readonly admin: Readonly<Record<string, AdminWord>>;
  /** WANs, or one family of them, that were out of use. */
  readonly down: readonly string[];
  readonly held: Readonly<Record<string, readonly string[]>>;
  /** By WAN, or one family of it. */
  readonly past: Readonly<Record<string, Past>>;
}

/** What came before weighs on what comes. */
export interface Past {
  readonly flaps?: Flaps;
  readonly returnedAt?: number;
  /** Until then what went down stays down. */
  readonly holdUntil?: number;
}
