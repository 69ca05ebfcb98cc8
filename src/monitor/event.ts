import type { Site } from '../config/site.ts';
import type { Family } from '../net/family.ts';

/**
 * Everything the monitor can be told. Each comes with the monotonic time at which it was learnt (`nowMs` of `decide`);
 * times inside an event are of the same clock, in whole milliseconds.
 */
export type MonitorEvent =
  | ProbeEvent
  | ChildEvent
  | LinkEvent
  | AddressEvent
  | GatewayEvent
  | TrafficEvent
  | AdminEvent
  | SiteEvent
  | GapEvent
  | TickEvent;

/** What became of one probe. `probe` is its place in the profile's list. */
export interface ProbeEvent {
  readonly kind: 'probe';
  readonly wan: string;
  readonly probe: number;
  readonly sentAt: number;
  readonly result: ProbeResult;
  /** Where the probe asks a name: the family it was looked up in. */
  readonly family?: Family;
}

export type ProbeResult =
  /** Delay in milliseconds, to a tenth. */
  | { readonly kind: 'answered'; readonly rttMs: number }
  /** No answer within `patienceMs` (probe/patience.ts). Told by a timer, not by the next probe. */
  | { readonly kind: 'lost' }
  /** The answer to a probe that was told as lost. */
  | { readonly kind: 'late'; readonly rttMs: number }
  /** A redirect where none was expected: somebody wants a login. */
  | { readonly kind: 'portal' }
  /** An answer that is wrong: another status or body, another address, a refusal, an exit code. */
  | { readonly kind: 'bad' }
  /** It could not be sent or judged: says nothing of the WAN. */
  | { readonly kind: 'error' };

/** The process that sends a probe. A probe whose child is dead is unknown, not lost. */
export interface ChildEvent {
  readonly kind: 'child';
  readonly wan: string;
  readonly probe: number;
  readonly state: 'died' | 'started';
}

/** `up` is administratively up with carrier (or without the notion of one); `gone` as well when it got another name. */
export type LinkState = 'up' | 'down' | 'no-carrier' | 'gone';

export interface LinkEvent {
  readonly kind: 'link';
  readonly wan: string;
  readonly state: LinkState;
}

/** All addresses of the family that the WAN's interface has now; none when the last one was lost. */
export interface AddressEvent {
  readonly kind: 'address';
  readonly wan: string;
  readonly family: Family;
  readonly addresses: readonly string[];
}

/** The next router as `compile` would find it now: an address, `device` where there is none to name, or nothing. */
export interface GatewayEvent {
  readonly kind: 'gateway';
  readonly wan: string;
  readonly family: Family;
  readonly gateway?: string;
}

/** Passive evidence since the last such event. Shown beside the probes, never judged with them. */
export interface TrafficEvent {
  readonly kind: 'traffic';
  readonly wan: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
}

export type AdminWord = 'up' | 'down' | 'auto';

export interface AdminEvent {
  readonly kind: 'admin';
  readonly wan: string;
  readonly word: AdminWord;
}

/** The site was read again. WANs, probes and policies that stay keep what is known of them. */
export interface SiteEvent {
  readonly kind: 'site';
  readonly site: Site;
}

/**
 * The machine slept, the process was stopped or the wall clock jumped: whatever was under way says nothing. It must
 * come before the losses and answers that the pause made late.
 */
export interface GapEvent {
  readonly kind: 'gap';
}

/** The time that `wakeAt` asked for has come. */
export interface TickEvent {
  readonly kind: 'tick';
}
