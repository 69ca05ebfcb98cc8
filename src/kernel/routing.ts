import type { Family } from '../net/family.ts';
import type { Mark } from '../net/mark.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Span } from '../net/span.ts';

/** Table numbers every kernel has. */
export const LOCAL_TABLE = 255;
export const MAIN_TABLE = 254;
export const DEFAULT_TABLE = 253;

/** Their names, the same on every machine. */
export const KERNEL_TABLES: ReadonlyMap<number, string> = new Map([
  [LOCAL_TABLE, 'local'],
  [MAIN_TABLE, 'main'],
  [DEFAULT_TABLE, 'default'],
]);

/** An `ip rule` entry. `protocol` is its owner's tag (kernel-facts 5.7). */
export interface PolicyRule {
  readonly family: Family;
  readonly priority: number;
  readonly selector: RuleSelector;
  readonly action: RuleAction;
  readonly protocol: number;
  readonly span?: Span;
}

export interface RuleSelector {
  readonly not?: boolean;
  readonly from?: Prefix;
  readonly to?: Prefix;
  readonly fwmark?: Mark;
  readonly iif?: string;
  readonly oif?: string;
  readonly tos?: number;
  readonly ipProtocol?: string;
  readonly sourcePort?: string;
  readonly destinationPort?: string;
  readonly uidRange?: string;
  /** Words of the listing that are not modelled; a rule with any cannot be decided. */
  readonly unknown?: string;
}

export type RuleAction =
  | {
      readonly kind: 'lookup';
      readonly table: number;
      readonly suppressPrefixLength?: number;
      readonly suppressGroup?: string;
      /** Classes under which packets are counted and shaped; they do not decide where a packet goes. */
      readonly realms?: string;
    }
  | { readonly kind: 'goto'; readonly priority: number }
  | { readonly kind: 'unreachable' | 'blackhole' | 'prohibit' | 'nop' };

export interface Route {
  readonly family: Family;
  readonly table: number;
  readonly type: RouteType;
  /** `0.0.0.0/0` or `::/0` for a default route. */
  readonly destination: Prefix;
  readonly metric: number;
  readonly protocol: number;
  /** 253 link, 254 host, 0 global (`ip -N`). */
  readonly scope?: number;
  readonly source?: string;
  readonly hops: readonly NextHop[];
  /** MTU, initcwnd, expires, preference …: kept as words; of them the MTU alone is compared. */
  readonly attributes?: string;
  readonly span?: Span;
}

/** The devices it leads out of, as far as it names them. */
export function devicesOf({ hops }: Route): readonly string[] {
  return hops.flatMap(({ device }) => device ?? []);
}

/** The longest packet it takes, where it says so itself; `lock` is about who may lower it later. */
export function routeMtu({ attributes = '' }: Route): number | undefined {
  const found = /(?:^| )mtu (?:lock )?(\d+)/.exec(attributes);
  return found === null ? undefined : Number(found[1]);
}

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'unreachable'
  | 'blackhole'
  | 'prohibit'
  | 'throw';

export interface NextHop {
  readonly gateway?: string;
  readonly device?: string;
  readonly weight?: number;
  readonly onlink?: boolean;
  /** linkdown, dead: states the kernel shows. */
  readonly flags?: readonly string[];
}

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Administratively up. */
  readonly up: boolean;
  /** Lower layer is up; false when the cable is out. */
  readonly carrier: boolean;
  readonly mtu: number;
  readonly kind?: string;
  readonly mac?: string;
  /** Name of the bridge, bond or VRF it belongs to. */
  readonly master?: string;
  readonly pointToPoint: boolean;
  /** Names it has beside; policy rules may be for one of them. */
  readonly altnames?: readonly string[];
}

export interface Address {
  readonly device: string;
  readonly family: Family;
  readonly address: string;
  readonly length: number;
  readonly peer?: string;
  /** 0 global, 253 link, 254 host. */
  readonly scope: number;
  /** Not usable as a source yet or any more: tentative, deprecated, temporary, dadfailed. */
  readonly flags?: readonly string[];
}
