import { policyRuleCommand, routeCommand } from '../codec/ip-batch.ts';
import { writeIpsetAdditions, writeIpsetRemovals } from '../codec/ipset.ts';
import { writeOwnChange } from '../codec/iptables/own-change.ts';
import {
  deleteTable,
  flushSet,
  writeBody,
  writeElements,
  writeTable,
  writeTableReplacement,
} from '../codec/nft.ts';
import type { Table } from '../kernel/netfilter.ts';
import type { Family } from '../net/family.ts';
import type { Change } from './change.ts';
import { once } from './once.ts';

type Of<K extends Change['kind']> = Extract<Change, { readonly kind: K }>;

/** A new table is written to be checked and to be loaded. */
const bodyOf = once<Table>(writeBody);

/** What a change is told its tool in; empty for what polywan writes itself. */
export function changeText(change: Change): string {
  switch (change.kind) {
    case 'route':
    case 'policy-rule':
      return ipLine(change);
    case 'nft-table':
    case 'nft-elements':
      return nftText(change);
    case 'ipset':
      return ipsetText(change);
    case 'iptables':
      return iptablesText(change);
    case 'file':
    case 'sysctl':
      return '';
  }
}

/** The lines one family's `ip -batch` is fed for these changes. */
export function ipLines(changes: readonly Change[], family: Family): readonly string[] {
  return changes.flatMap((change) => {
    const isRouting = change.kind === 'route' || change.kind === 'policy-rule';
    return isRouting && (change.after ?? change.before)?.family === family ? [ipLine(change)] : [];
  });
}

const ipLine = once((change: Of<'route'> | Of<'policy-rule'>): string => {
  const isGone = change.after === undefined;
  if (change.kind === 'route') {
    const route = change.after ?? change.before;
    return route === undefined ? '' : routeCommand(isGone ? 'del' : 'replace', route);
  }
  const rule = change.after ?? change.before;
  return rule === undefined ? '' : policyRuleCommand(isGone ? 'del' : 'add', rule);
});

/** What `nft -f -` is fed: one transaction, live as a whole or not at all. */
export const nftText = once(writeNft);

function writeNft(change: Of<'nft-table'> | Of<'nft-elements'>): string {
  if (change.kind === 'nft-table') {
    const { before, after } = change;
    if (after !== undefined) return writeTableReplacement(after, before !== undefined, bodyOf(after));
    return before === undefined ? '' : deleteTable(before);
  }
  const { after } = change;
  return after.sets
    .map((set) => flushSet(after, set.name) + writeElements('add', after, set.name, set.elements))
    .join('');
}

/**
 * The same table under a name of its own, for `nft -c`: nothing is deleted in it, so the check does not wait for the
 * grace period that a delete costs (8–30 ms).
 */
export function nftCheckText(change: Of<'nft-table'>): string {
  const { after } = change;
  return after === undefined ? '' : writeTable({ ...after, name: 'polywan-check' }, bodyOf(after));
}

/** What `iptables-restore --noflush` is fed. */
export const iptablesText = once(writeIptables);

function writeIptables({ before, after }: Of<'iptables'>): string {
  const names = new Set([...after, ...before].map((table) => table.name));
  const named = (tables: Of<'iptables'>['after'], name: string) =>
    tables.find((table) => table.name === name);
  return [...names].map((name) => writeOwnChange(named(before, name), named(after, name))).join('');
}

/** What `ipset restore` is fed. */
export function ipsetText({ before, after }: Of<'ipset'>): string {
  const old = before === undefined ? [] : [before];
  return after === undefined ? writeIpsetRemovals(old, []) : writeIpsetAdditions(old, [after]);
}
