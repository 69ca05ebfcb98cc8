import type { Family } from '../net/family.ts';
import type { PortRange } from '../net/port-range.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Span } from '../net/span.ts';

/** A value read from YAML with its place. */
export interface Located<T> {
  readonly value: T;
  readonly span: Span;
}

/** Where an item of the site stands, for comments on generated rules and for people: `profiles/fiber.yaml:3`. */
export interface Origin {
  /** The path as the site names it, relative to the site's folder. */
  readonly file: string;
  readonly line: number;
  readonly span: Span;
}

/** A whole, valid site: every reference resolves, every default is filled in. Made only by `readSite`. */
export interface Site {
  readonly file: string;
  readonly backend: Backend | 'auto';
  /** Inside interfaces; a trailing `+` means every name with that beginning. */
  readonly lan: readonly string[];
  readonly wans: readonly Wan[];
  /** Bits of packet mark and connmark that are polywan's. */
  readonly markMask: number;
  /** First policy-rule priority of the band. */
  readonly priority: number;
  /** Name of the policy of the router's own new connections; absent: main routing. */
  readonly localTraffic?: Located<string>;
  readonly policies: readonly Policy[];
  readonly steering: readonly SteeringRule[];
  /** Site-wide forwards: from every WAN. */
  readonly portForwards: readonly PortForward[];
  readonly notrack: readonly Notrack[];
  readonly expect: readonly Expectation[];
  readonly hooks: Hooks;
  readonly origins: SiteOrigins;
}

/** Where the keys stand that no item of their own asks for; what is not written stands where the site begins. */
export interface SiteOrigins {
  readonly site: Origin;
  readonly lan: Origin;
  readonly steering: Origin;
  readonly localTraffic: Origin;
}

export type Backend = 'nftables' | 'iptables';

/** One uplink, described by one profile. */
export interface Wan {
  readonly name: string;
  readonly origin: Origin;
  readonly interface: string;
  readonly families: readonly Family[];
  readonly gateway: Readonly<Record<Family, Gateway>>;
  /** A number the user chose, or automatic. */
  readonly table: Located<number> | 'auto';
  /** A value within the mask the user chose, or automatic. */
  readonly mark: Located<number> | 'auto';
  readonly nat: Readonly<Record<Family, Nat>>;
  /** Inside prefixes that are translated, merged; undefined: all. */
  readonly sources?: readonly Prefix[];
  readonly portForwards: readonly PortForward[];
  readonly metered: boolean;
  readonly mssClamp: boolean;
  readonly probes: readonly Probe[];
  readonly health: HealthSettings;
  /** Where health is written; absent: all of it is default. */
  readonly healthOrigin?: Origin;
  readonly hooks: Hooks;
}

export type Gateway =
  | { readonly kind: 'auto' }
  | { readonly kind: 'address'; readonly address: string }
  /** Point-to-point: the device alone. */
  | { readonly kind: 'none' };

export type Nat =
  | { readonly kind: 'none' }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'snat'; readonly address: string }
  /** IPv6 only: the inside prefix becomes the outside one, both ways; `auto` follows the WAN's own prefix. */
  | { readonly kind: 'nptv6'; readonly inside: Prefix; readonly outside: Prefix | 'auto' };

export interface Policy {
  readonly name: string;
  readonly origin: Origin;
  readonly members: readonly PolicyMember[];
  readonly lastResort: LastResort;
  /** How long a client keeps its WAN after its last new connection. */
  readonly stickyMs?: number;
  readonly onFailure: 'reset' | 'keep';
  readonly onRecovery: 'keep' | 'move';
  readonly failbackAfterMs: number | 'never';
  /** Where failback_after is written; absent: it is the default. */
  readonly failbackOrigin?: Origin;
}

export type LastResort = 'unreachable' | 'blackhole' | 'main';

export interface PolicyMember {
  readonly wan: string;
  /** A whole number ≥ 1. */
  readonly weight: number;
  /** 1 is tried first; a higher tier is used when no WAN of a lower one is up. */
  readonly tier: number;
  readonly origin: Origin;
}

/** Values of one key are alternatives; `negated` holds for the whole key. */
export interface Matching<T> {
  readonly values: readonly T[];
  readonly negated: boolean;
}

export interface SteeringMatch {
  /** Interface names (trailing `+` allowed); `router` stands for the router's own connections and stands alone. */
  readonly in?: Matching<string>;
  readonly source?: Matching<Prefix>;
  readonly destination?: Matching<Prefix>;
  readonly protocol?: Matching<string>;
  readonly sourcePort?: Matching<PortRange>;
  readonly destinationPort?: Matching<PortRange>;
  readonly mac?: Matching<string>;
  /** DSCP code points 0–63. */
  readonly dscp?: Matching<number>;
  /** Owner of the router's own connection; only with `in: router`. */
  readonly uid?: Matching<number>;
  /** Named sets of destinations. */
  readonly set?: Matching<string>;
  readonly domain?: Matching<string>;
  readonly family?: Family;
}

export interface SteeringRule {
  readonly name: string;
  readonly origin: Origin;
  readonly match: SteeringMatch;
  readonly policy: string;
}

export interface PortForward {
  readonly origin: Origin;
  readonly protocol: 'tcp' | 'udp';
  readonly port: PortRange;
  readonly to: {
    readonly family: Family;
    readonly address: string /** First port; absent: unchanged. */;
    readonly port?: number;
  };
}

export interface Notrack {
  readonly origin: Origin;
  readonly protocol: 'tcp' | 'udp';
  readonly port: PortRange;
}

/** An assertion of `verify`. */
export interface Expectation {
  readonly origin: Origin;
  readonly flow: ExpectedFlow;
  readonly down: readonly string[];
  /** Name of a WAN, or a last resort. */
  readonly exit: string;
}

export interface ExpectedFlow {
  readonly in: string;
  readonly source?: string;
  readonly destination: string;
  readonly protocol: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Of the router's own; absent: root's. */
  readonly uid?: number;
}

export type Probe =
  | { readonly kind: 'ping'; readonly target: string; readonly origin: Origin }
  | {
      readonly kind: 'dns';
      readonly server: string;
      readonly query: string;
      /** Addresses of which the answer must hold one; absent: any answer is well. */
      readonly answer?: readonly string[];
      readonly origin: Origin;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly expect: number;
      readonly body?: string;
      readonly origin: Origin;
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly origin: Origin }
  | { readonly kind: 'arp'; readonly origin: Origin }
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly origin: Origin };

export interface HealthSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Misses in a row before down. */
  readonly fall: number;
  /** Answers in a row before up. */
  readonly rise: number;
  /** Probes that must be well; a question to the gateway (arp) counts only where there is no other probe. */
  readonly quorum: number;
  readonly windowMs: number;
  readonly loss?: { readonly downPercent: number; readonly upPercent: number };
  readonly rtt?: { readonly downMs: number; readonly upMs: number };
  /** A WAN that went down stays down at least this long. */
  readonly holdMs: number;
  /** Absent: off. */
  readonly damping?: DampingSettings;
  readonly initial: 'unknown' | 'up' | 'down';
}

/** How a WAN that flaps is kept out of use. */
export interface DampingSettings {
  /** In this time half of the flaps are forgotten. */
  readonly halfLifeMs: number;
  /** The longest that a WAN which is well again is kept out of use. */
  readonly limitMs: number;
}

export interface Hooks {
  readonly up?: string;
  readonly down?: string;
}
