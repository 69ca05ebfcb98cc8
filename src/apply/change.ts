import type { Frontend, IpSet, Table } from '../kernel/netfilter.ts';
import type { PolicyRule, Route } from '../kernel/routing.ts';
import type { OwnedFile, Sysctl } from '../kernel/state.ts';
import type { Family } from '../net/family.ts';

/**
 * One thing to change, as what is there and what is to be there. An absent `before` is an add, an absent `after` a
 * delete; the two exchanged are its undo.
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

/** The change that takes this one back. */
export function undo(change: Change): Change {
  return { ...change, before: change.after, after: change.before } as Change;
}

/** The changes that take a list of them back: the last one first. */
export function undoAll(changes: readonly Change[]): readonly Change[] {
  return changes.toReversed().map(undo);
}
