import type { Wan } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import type { AdminWord, LinkState } from '../event.ts';
import type { Flaps } from './damping.ts';
import type { Track } from './track.ts';
import type { Verdict } from './verdict.ts';

/**
 * unknown: no probe can say anything, or none has yet; what was in use stays in use. up: the quorum is met and nothing is
 * ill. degraded: the quorum is met, but some probe is ill or one family was lost; the WAN stays in use like one that is
 * up. down: the quorum cannot be met, or it was not long enough ago that it could not.
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
export interface WanState {
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
  /** What the evidence says, before hold, damping and the administrator. */
  readonly verdict: Verdict;
  /** The last evidence that said anything: a flap is when it turns from well to ill. */
  readonly wasWell?: boolean;
  /** Until then a WAN that went down stays down (`health.hold`). */
  readonly holdUntil: number;
  readonly flaps: Flaps;
  /** It failed since it was last in use: its return will be one. A WAN that is slow to begin with does not return. */
  readonly failed?: true;
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
