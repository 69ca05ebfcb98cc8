import type { IpSet, Table } from './netfilter.ts';
import type { Address, Link, PolicyRule, Route } from './routing.ts';

/** A sysctl by its dotted path below /proc/sys, with `/` for dots inside an interface name as sysctl(8) has it. */
export interface Sysctl {
  readonly key: string;
  readonly value: string;
}

/** A file that belongs to the state, e.g. the names of routing tables. */
export interface OwnedFile {
  readonly path: string;
  readonly text: string;
}

/** What is wanted and what is there, in one noun. Parts that were not read, or do not matter, are empty. */
export interface KernelState {
  readonly links: readonly Link[];
  readonly addresses: readonly Address[];
  readonly policyRules: readonly PolicyRule[];
  readonly routes: readonly Route[];
  readonly tables: readonly Table[];
  readonly ipsets: readonly IpSet[];
  readonly sysctls: readonly Sysctl[];
  readonly files: readonly OwnedFile[];
  readonly conntrack?: { readonly count: number; readonly max: number };
}

export const EMPTY_STATE: KernelState = {
  links: [],
  addresses: [],
  policyRules: [],
  routes: [],
  tables: [],
  ipsets: [],
  sysctls: [],
  files: [],
};
