import type { FlowOutcome } from '../host/agent/protocol.ts';
import type { Family } from '../net/family.ts';
import type { ExpectedExit } from './expected.ts';
import type { Flow } from './flow.ts';

/** What a rehearsal saw, and whether it is what the site asks for. */
export interface Rehearsal {
  readonly states: readonly RehearsedState[];
  readonly forwards: readonly RehearsedForward[];
  readonly weights: readonly RehearsedWeights[];
  /** The site's `expect` entries, in its order. */
  readonly expectations: readonly RehearsedExpectation[];
  readonly asPlanned: boolean;
}

/** All flows with these WANs cut. */
export interface RehearsedState {
  readonly down: readonly string[];
  readonly flows: readonly RehearsedFlow[];
}

export interface RehearsedFlow {
  /** Absent: no steering rule takes this flow. */
  readonly rule?: string;
  /** `lan`: from inside; `router`: the router's own. */
  readonly from: 'lan' | 'router';
  readonly family: Family;
  readonly flow?: Flow;
  readonly expected?: ExpectedExit;
  readonly seen: Seen;
  readonly verdict: Verdict;
}

export interface RehearsedExpectation {
  readonly file: string;
  readonly line: number;
  readonly flow: Flow;
  readonly down: readonly string[];
  /** As the site says it: a WAN or a last resort. */
  readonly exit: string;
  readonly seen: Seen;
  readonly verdict: Verdict;
}

/** `not-tried` has its reason; `different` says in which way. */
export type Verdict =
  | { readonly kind: 'as-planned' }
  | { readonly kind: 'different'; readonly why: string }
  | { readonly kind: 'not-tried'; readonly why: string };

export interface Seen {
  /** Answered connections by the WAN they really left by. */
  readonly exits: Readonly<Record<string, number>>;
  /** What became of those that were not answered. */
  readonly failures: readonly FlowOutcome[];
  /** Addresses the internet saw calling, by the same WANs. */
  readonly peers: Readonly<Record<string, readonly string[]>>;
}

export const NOTHING_SEEN: Seen = { exits: {}, failures: [], peers: {} };

export interface RehearsedForward {
  readonly wan: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly to: string;
  /** Absent: not tried, as nothing is inside where its host could be. */
  readonly outside?: FlowOutcome;
  /** From a LAN client to the WAN's address; absent: nobody but the target is in that LAN. */
  readonly hairpin?: FlowOutcome;
}

/** Whether all who called were answered. */
export function isAnswered({ outside = 'answered', hairpin = 'answered' }: RehearsedForward): boolean {
  return outside === 'answered' && hairpin === 'answered';
}

export interface RehearsedWeights {
  readonly policy: string;
  readonly family: Family;
  readonly connections: number;
  readonly shares: readonly {
    readonly wan: string;
    readonly expectedPercent: number;
    readonly seenPercent: number;
  }[];
  readonly verdict: Verdict;
}
