import type { Wan } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import type { AdminWord, LinkState } from '../event.ts';
import type { FamilyHealths } from './family-health.ts';
import type { Track } from './track.ts';
import type { Weighed } from './weigh.ts';

/**
 * unknown: no probe can say anything, or none has yet; what was in use stays in use, and what was down stays down. up:
 * the quorum is met and nothing is ill. degraded: the quorum is met, but some probe is ill or one family was lost or is
 * down; the WAN stays in use like one that is up, for what it carries. down: the quorum cannot be met, or it was not
 * long enough ago that it could not.
 */
export type WanHealth = 'unknown' | 'up' | 'degraded' | 'down';

/**
 * What is wrong. link: no interface or no carrier. gateway: no address, no gateway, or it does not answer. upstream:
 * silence behind the gateway. dns: name servers alone. portal: a login page answers. loss, rtt: over the band. admin:
 * the administrator's word.
 */
export type Cause = 'link' | 'gateway' | 'upstream' | 'dns' | 'portal' | 'loss' | 'rtt' | 'admin';

export interface Transition {
  readonly wan: string;
  readonly from: WanHealth;
  readonly to: WanHealth;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** What is wrong; of a transition to up, what was wrong until now. Absent when nothing was or can be told. */
  readonly cause?: Cause;
}

/** All that is known of one WAN. */
export interface WanState extends Weighed {
  readonly wan: Wan;
  readonly health: WanHealth;
  readonly cause?: Cause;
  /** When `health` began. */
  readonly since: number;
  /** Whether it may take connections. Frozen while the health is unknown. */
  readonly used: boolean;
  readonly admin: AdminWord;
  /** Undefined until the first word about the link. */
  readonly link?: LinkState;
  readonly families: Readonly<Partial<Record<Family, FamilyState>>>;
  /** One for each probe of the profile, in its order. */
  readonly probes: readonly Track[];
  /** Health of families that can go down alone; empty where only the WAN as a whole can. */
  readonly apart: FamilyHealths;
  /** When it last returned; policies count `failback_after` from here. */
  readonly returnedAt?: number;
  readonly traffic?: Traffic;
}

/** What carries a family on the WAN's interface. Undefined parts were not told yet. */
export interface Carrier {
  readonly addresses?: readonly string[];
  /** Null: there is none. */
  readonly gateway?: string | null;
}

export interface FamilyState extends Carrier {
  /** Something that was there before is missing: since when, and what there was. */
  readonly lost?: { readonly at: number; readonly was: Carrier };
}

/** Passive evidence, as it was last told. */
export interface Traffic {
  readonly at: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  /** When something last came in. */
  readonly receivedAt?: number;
}
