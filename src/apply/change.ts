import type { Frontend, IpSet, Table } from '../kernel/netfilter.ts';
import type { PolicyRule, Route } from '../kernel/routing.ts';
import type { OwnedFile, Sysctl } from '../kernel/state.ts';
import type { Family } from '../net/family.ts';

/**
 * One thing to change, as what is there and what is to be there. An absent `before` is an add, an absent `after` a
 * delete. Going back needs no list of undos: it compares what is there then with what was there before.
 */
export type Change =
  | ({ readonly kind: 'file'; readonly path: string } & Both<OwnedFile>)
  | ({ readonly kind: 'sysctl'; readonly key: string } & Both<Sysctl>)
  | ({ readonly kind: 'route' } & Both<Route>)
  | ({ readonly kind: 'policy-rule' } & Both<PolicyRule>)
  | ({ readonly kind: 'nft-table' } & Both<Table>)
  /** Only elements of named sets and maps differ: the table with nothing but those sets. The rules stay as they are. */
  | { readonly kind: 'nft-elements'; readonly before: Table; readonly after: Table }
  | ({ readonly kind: 'ipset' } & Both<IpSet>)
  /** All own tables of one iptables front end and family: its restore program takes them in one go. */
  | {
      readonly kind: 'iptables';
      readonly frontend: IptablesFrontend;
      readonly family: Family;
      readonly before: readonly Table[];
      readonly after: readonly Table[];
    };

export type IptablesFrontend = Exclude<Frontend, 'nft'>;

interface Both<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}
