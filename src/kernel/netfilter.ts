import type { Span } from '../net/span.ts';
import type { SetElement } from './expression.ts';
import type { Statement } from './statement.ts';

/** Which program owns the table: both iptables front ends and nft can be loaded at once, and all run (kernel-facts 1.3). */
export type Frontend = 'nft' | 'iptables-nft' | 'iptables-legacy';

export type NetfilterFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';

export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'egress';

export interface Table {
  readonly frontend: Frontend;
  readonly family: NetfilterFamily;
  readonly name: string;
  readonly chains: readonly Chain[];
  readonly sets: readonly NamedSet[];
  /** It is there, and none of its chains is at a hook (nft's `flags dormant`). */
  readonly dormant?: true;
  /** Objects kept as met and not modelled (flowtables, quotas, helpers …), each as its text. */
  readonly others?: readonly string[];
  /** iptables-save text that ends, or begins another table, before this one's COMMIT: its last line. */
  readonly uncommitted?: Span;
  readonly span?: Span;
}

export interface Chain {
  readonly name: string;
  /** Present on a base (builtin) chain. */
  readonly base?: BaseChain;
  readonly rules: readonly Rule[];
  readonly span?: Span;
}

export interface BaseChain {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: Hook;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  readonly devices?: readonly string[];
}

export interface Rule {
  readonly statements: readonly Statement[];
  readonly comment?: string;
  readonly span?: Span;
}

/** A named set or map. `key` and `value` are nft datatype names (concatenation = several). */
export interface NamedSet {
  readonly name: string;
  readonly kind: 'set' | 'map';
  readonly key: readonly string[];
  readonly value?: readonly string[];
  /** Written instead of `type` where nft needs it (a numgen key); the listing gives only its datatype back. */
  readonly typeof?: string;
  readonly flags: readonly string[];
  readonly timeoutMs?: number;
  readonly size?: number;
  readonly elements: readonly SetElement[];
  readonly span?: Span;
}

/** One ipset, for the iptables front ends. */
export interface IpSet {
  readonly name: string;
  /** e.g. `hash:net` */
  readonly type: string;
  /** Words after the type, e.g. `family inet timeout 600`, without what changes by itself. */
  readonly options: string;
  readonly elements: readonly string[];
}
