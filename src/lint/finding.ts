import type { Span } from '../net/span.ts';
import type { Flow } from '../trace/flow.ts';
import type { MarkView, PacketName } from '../trace/trace.ts';

/**
 * error: a flow breaks or leaks · warning: unsaved but healed, or other programs' bits are hit · note: a smell, or not
 * checkable.
 */
export const SEVERITIES = ['error', 'warning', 'note'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** One thing that is wrong, at its place. Plain data: formats, suppressions and baselines work on it alone. */
export interface Finding {
  readonly check: string;
  readonly severity: Severity;
  /** One sentence that names what suffers. */
  readonly message: string;
  readonly span: Span;
  /** Rules in the order a packet meets them; the last one is where the finding stands. Empty: the place says it all. */
  readonly path: readonly PathStep[];
  /** One concrete flow that suffers. */
  readonly flow?: SufferingFlow;
  /** What to do, in the file's own syntax where it is rules. */
  readonly cure?: string;
  /** A cure that is certain from the text alone, as edits of the source; for `--fix`. */
  readonly fix?: readonly Edit[];
  /** What was not given and had to be taken as so, as sentences. */
  readonly assumed?: readonly string[];
  /**
   * What the finding means, without places, counters and order: chain and the rule's words, a name, a value. With the
   * check it is the finding's identity in baselines and SARIF fingerprints.
   */
  readonly key: string;
}

export interface PathStep {
  readonly span?: Span;
  /** The rule as it is written, or the thing in words (a policy rule, a route). */
  readonly rule: string;
  /** What it does to this packet: `mark 0x0 → 0x36`, `ends the table`. */
  readonly note?: string;
}

export interface SufferingFlow {
  readonly flow: Flow;
  /** What else must hold for the flow to fare so, as sentences. */
  readonly conditions: readonly string[];
  readonly packets: readonly FlowPacket[];
  /** The same flow where one thing is otherwise, which shows what it is that it suffers from. */
  readonly otherwise?: Otherwise;
}

export interface Otherwise {
  /** `without the rule before it`, `by IPv6`. */
  readonly when: string;
  readonly packets: readonly FlowPacket[];
}

export interface FlowPacket {
  readonly name: PacketName;
  /** Packet mark when it was routed. */
  readonly mark: MarkView;
  /** Connmark after it; absent: no conntrack entry. */
  readonly connmark?: MarkView;
  /**
   * Where it went: an interface, `this machine`, `dropped`, `unreachable` …, or a mark's name where routing was not
   * given.
   */
  readonly exit: string;
}

/** Replaces the span's text. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}
