import type { Expression } from './expression.ts';
import type { Verdict } from './verdict.ts';

export type MatchOperator = '==' | '!=' | '<' | '>' | '<=' | '>=';

/** What a rule does, left to right; a match that fails ends the rule. */
export type Statement =
  /** `==` with a set, range, prefix or flag list on the right means "in", as in nft. */
  | {
      readonly kind: 'match';
      readonly operator: MatchOperator;
      readonly left: Expression;
      readonly right: Expression;
      /** Also true of a packet without a connection (xt_conntrack, of what is asked for beside a state). */
      readonly orNoConnection?: true;
    }
  /** Writes `value` to a packet mark, connmark, DSCP, MSS … (`mangle` in nft JSON). */
  | { readonly kind: 'set'; readonly target: Expression; readonly value: Expression }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'vmap'; readonly key: Expression; readonly map: Expression }
  | Nat
  | { readonly kind: 'reject'; readonly with?: string }
  | { readonly kind: 'notrack' }
  | { readonly kind: 'counter'; readonly packets: number; readonly bytes: number }
  | { readonly kind: 'tproxy'; readonly text: string; readonly setsMark?: Expression }
  /** Adds, refreshes or deletes an element of a named set (or, with `value`, of a map) for this packet. */
  | {
      readonly kind: 'set-update';
      readonly operation: 'add' | 'update' | 'delete';
      readonly set: string;
      readonly ipset?: boolean;
      readonly element: Expression;
      readonly value?: Expression;
      readonly timeoutMs?: number;
    }
  /** Known, and neither ends a chain nor touches mark, connmark, route or NAT (LOG, TTL …). `text` is as met. */
  | { readonly kind: 'inert'; readonly name: string; readonly text: string }
  /** A match nobody can decide from the packet alone (limit, recent, string, bpf …): trace forks here. */
  | { readonly kind: 'unknown-match'; readonly name: string; readonly text: string }
  /** A target or statement whose effect is not known: trace stops this path here. */
  | { readonly kind: 'unknown-target'; readonly name: string; readonly text: string };

/** `address` and `port` may be single values, ranges or maps; absent for masquerade, absent `port` keeps the port. */
export interface Nat {
  readonly kind: 'nat';
  readonly type: 'snat' | 'dnat' | 'masquerade' | 'redirect';
  readonly family?: 'ip' | 'ip6';
  readonly address?: Expression;
  readonly port?: Expression;
  readonly flags: readonly string[];
  /** Translates the prefix and keeps the host part (nft `prefix to`, iptables NETMAP). */
  readonly prefix?: boolean;
}
