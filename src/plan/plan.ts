import type { Backend, HealthSettings, Hooks, Origin, Probe } from '../config/site.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Family } from '../net/family.ts';

/**
 * Up or down for each WAN by name, and down for one family of it alone (`fiber/ipv6`, see wan-part.ts); what is not named
 * counts as up (`unknown` moves nothing).
 */
export type Health = Readonly<Record<string, 'up' | 'down'>>;

/** Which automatic number each WAN has; kept between applies so that live connections keep their WAN. */
export interface Allocation {
  /** WAN name → slot, 1-based. Mark = slot shifted to the mask; automatic table = a base + slot. */
  readonly slots: Readonly<Record<string, number>>;
}

export interface PlanInput {
  readonly backend: Backend;
  /** Which iptables front end this machine's programs are; default `iptables-nft`. */
  readonly iptables?: 'iptables-nft' | 'iptables-legacy';
  readonly health: Health;
  /** Policy by name → members, or one family of them, that are up but do not take its new connections (`failback_after`). */
  readonly held?: Readonly<Record<string, readonly string[]>>;
  readonly allocation: Allocation;
}

/** Something the user should know that does not stop the plan. */
export interface PlanWarning {
  readonly message: string;
  readonly origin?: Origin;
  /** Name of the WAN that is left out, where one is. */
  readonly wan?: string;
}

/** What a site asks of a machine: the part of its KernelState that is polywan's, and what the monitor is to watch. */
export interface Plan {
  readonly desired: KernelState;
  readonly allocation: Allocation;
  readonly wans: readonly PlannedWan[];
  readonly policies: readonly PlannedPolicy[];
  readonly markMask: number;
  readonly warnings: readonly PlanWarning[];
  /** Whether any WAN has probes, so that a monitor is needed. */
  readonly probed: boolean;
  /** Site-wide hooks, for the monitor. */
  readonly hooks: Hooks;
}

/** A WAN with its numbers resolved. */
export interface PlannedWan {
  readonly name: string;
  readonly origin: Origin;
  readonly interface: string;
  readonly slot: number;
  /** Value within the mask. */
  readonly mark: number;
  readonly table: number;
  readonly families: readonly Family[];
  /** Families whose gateway was found on this machine, with the gateway (absent: point-to-point). */
  readonly gateways: Readonly<Partial<Record<Family, { readonly address?: string }>>>;
  readonly addresses: readonly {
    readonly family: Family;
    readonly address: string;
    readonly length: number;
  }[];
  readonly metered: boolean;
  readonly probes: readonly Probe[];
  readonly health: HealthSettings;
  readonly hooks: Hooks;
}

export interface PlannedPolicy {
  readonly name: string;
  readonly origin: Origin;
  /** Members that take new connections now, with their share in percent, per family. */
  readonly active: Readonly<
    Record<Family, readonly { readonly wan: string; readonly sharePercent: number }[]>
  >;
  readonly lastResort: 'unreachable' | 'blackhole' | 'main';
  readonly onFailure: 'reset' | 'keep';
  readonly onRecovery: 'keep' | 'move';
  readonly failbackAfterMs: number | 'never';
}
