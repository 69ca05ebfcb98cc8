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
import type { Change } from './change.ts';

type Of<K extends Change['kind']> = Extract<Change, { readonly kind: K }>;

/** Who knows a change beforehand has it put into words beforehand, too. */
function once<T extends object>(write: (what: T) => string): (what: T) => string {
  const known = new WeakMap<T, string>();
  return (what) => {
    const text = known.get(what) ?? write(what);
    known.set(what, text);
    return text;
  };
}

/** A new table is written to be checked and to be loaded. */
const bodyOf = once<Table>(writeBody);

/** What a change of rules or sets is told its tool in; empty for all others. */
export function netfilterText(change: Change): string {
  switch (change.kind) {
    case 'nft-table':
    case 'nft-elements':
      return nftText(change);
    case 'ipset':
      return ipsetText(change);
    case 'iptables':
      return iptablesText(change);
    default:
      return '';
  }
}

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
