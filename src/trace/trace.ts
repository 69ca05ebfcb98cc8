import type { Frontend, Hook, NetfilterFamily } from '../kernel/netfilter.ts';
import type { PolicyRule, Route } from '../kernel/routing.ts';
import type { Span } from '../net/span.ts';
import type { Flow } from './flow.ts';

/** What a state does to a flow: every way it can go, each with its packets. Plain data, whole in JSON. */
export interface Trace {
  readonly flow: Flow;
  /** Heaviest first. More than one where something is not known or left to chance. */
  readonly paths: readonly TracePath[];
  /** One sentence. */
  readonly summary: string;
  /** Bounds that were reached: ways beyond them are not listed. */
  readonly limits: readonly string[];
  /** What the state does not say and was taken to be as on a plain router. */
  readonly assumed: readonly string[];
  /** What was met on the way and is not followed, once each. */
  readonly unmodelled: readonly Unmodelled[];
}

export interface Unmodelled {
  readonly text: string;
  readonly rule?: RuleRef;
}

/** One way of the flow. */
export interface TracePath {
  /** Its share among the paths, as far as chance is known; what is undecided counts 1 on either side. */
  readonly weight: number;
  /** What must hold for the flow to go this way. */
  readonly conditions: readonly Condition[];
  readonly packets: readonly PacketTrace[];
  /** Conntrack entries the flow leaves behind. */
  readonly connections: readonly ConnectionView[];
  readonly outcome: Outcome;
  /** What makes the flow leave its way, where it does. */
  readonly cause?: Step;
  readonly summary: string;
}

/** `stays`: all packets arrive, by the same interfaces and addresses. `changes`: a later one goes another way. */
export type Outcome = 'stays' | 'changes' | 'broken' | 'stopped' | 'unknown';

export interface Condition {
  readonly text: string;
  readonly holds: boolean;
  /** Share of this side, where it is left to chance. */
  readonly weight?: number;
  readonly rule?: RuleRef;
  /** Place among the path's packets of the one that was asked, where each may get another answer. */
  readonly packet?: number;
}

/** A conntrack entry by the tuple of its first packet. */
export interface ConnectionView {
  readonly source: string;
  readonly destination: string;
  readonly connmark: MarkView;
}

/** First; again before any reply; reply; original direction after it; an ICMP error about the first. */
export type PacketName = 'P1' | 'P1b' | 'R' | 'P3' | 'E';

export interface PacketTrace {
  readonly name: PacketName;
  readonly direction: 'original' | 'reply';
  readonly start: PacketView;
  readonly steps: readonly Step[];
  readonly end: PacketView;
  readonly disposition: Disposition;
}

/** A mark, or what is known of it: bits under `unknown` are not. */
export type MarkView = number | { readonly value: number; readonly unknown: number };

/** Addresses and ports as text; `?` where not known. */
export interface PacketView {
  readonly in?: string;
  readonly out?: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly sourcePort?: string;
  readonly destinationPort?: string;
  readonly mark: MarkView;
  /** Absent: no conntrack entry. */
  readonly connmark?: MarkView;
  readonly state: ConntrackState;
}

export type ConntrackState = 'none' | 'new' | 'established' | 'related' | 'invalid' | 'untracked';

export interface RuleRef {
  readonly frontend: Frontend;
  readonly family: NetfilterFamily;
  readonly table: string;
  readonly chain: string;
  readonly index: number;
  readonly comment?: string;
  readonly span?: Span;
}

interface Marks {
  readonly mark: readonly [before: MarkView, after: MarkView];
  /** Absent: no conntrack entry. */
  readonly connmark?: readonly [before: MarkView, after: MarkView];
}

export type Step =
  | (Marks & {
      readonly kind: 'rule';
      readonly hook: Hook;
      readonly rule: RuleRef;
      /** What ended or moved the walk; absent: the next rule. */
      readonly verdict?: string;
      /** What else it did: `mark`, `connmark`, `notrack`, NAT and inert statements in words. */
      readonly effects: readonly string[];
      /** Nothing of the packet's way depends on it. */
      readonly inert: boolean;
    })
  | (Marks & {
      readonly kind: 'chain';
      readonly hook: Hook;
      readonly frontend: Frontend;
      readonly family: NetfilterFamily;
      readonly table: string;
      readonly chain: string;
      readonly priority: number;
      readonly result: 'accept' | 'drop' | 'policy accept' | 'policy drop' | 'unknown';
    })
  | {
      readonly kind: 'conntrack';
      readonly hook: Hook;
      readonly state: ConntrackState;
      readonly direction?: 'original' | 'reply';
      readonly connmark?: MarkView;
    }
  | { readonly kind: 'confirm'; readonly connmark: MarkView }
  | {
      readonly kind: 'nat';
      readonly hook: Hook;
      readonly side: 'source' | 'destination';
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly kind: 'route';
      readonly why: 'input' | 'output' | 'output with source' | 're-route' | 'reverse path';
      readonly lookup: RouteLookup;
    }
  | {
      readonly kind: 'reverse-path';
      readonly interface: string;
      readonly mode: number;
      readonly passes: boolean;
      readonly reason: string;
    }
  /** A masqueraded connection leaves by another interface: dropped and destroyed (kernel-facts 6.1). */
  | { readonly kind: 'oif-changed'; readonly from: string; readonly to: string }
  | { readonly kind: 'note'; readonly text: string };

/** What was asked of the policy rules, in order, and what came of it. */
export interface RouteLookup {
  readonly mark: MarkView;
  readonly source: string;
  readonly destination: string;
  readonly in?: string;
  readonly out?: string;
  readonly tried: readonly TriedRule[];
  readonly result: RouteResult;
}

export interface TriedRule {
  readonly rule: PolicyRule;
  /** Why it did not win; absent on the one that did. */
  readonly why?: string;
}

export type RouteResult =
  | {
      readonly kind: 'unicast';
      readonly device: string;
      readonly gateway?: string;
      readonly source?: string;
      readonly route?: Route;
    }
  | {
      readonly kind: 'local' | 'broadcast' | 'multicast' | 'anycast';
      readonly device?: string;
      readonly source?: string;
      readonly route?: Route;
    }
  | { readonly kind: 'unreachable' | 'blackhole' | 'prohibit'; readonly route?: Route }
  | { readonly kind: 'no-route' }
  /** Addresses that no packet may have here. */
  | { readonly kind: 'martian'; readonly reason: string }
  /** The state has no routes of this family, or a policy rule cannot be decided. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** Where a packet ends. */
export type Disposition =
  | {
      readonly kind: 'routed';
      readonly interface: string;
      readonly gateway?: string;
      /** Source and destination as they leave. */
      readonly source: string;
      readonly destination: string;
    }
  | { readonly kind: 'local'; readonly destination: string }
  | { readonly kind: 'dropped'; readonly reason: string; readonly rule?: RuleRef }
  | { readonly kind: 'rejected'; readonly reason: string; readonly rule?: RuleRef }
  | { readonly kind: 'unreachable' | 'prohibit' | 'blackhole'; readonly reason: string }
  /** On the wire, or where the wire should be: it never gets to whom it is for. */
  | { readonly kind: 'lost'; readonly reason: string; readonly interface?: string }
  | { readonly kind: 'unknown'; readonly reason: string; readonly rule?: RuleRef };
