import type { Expression, SetElement } from '../kernel/expression.ts';
import type { IpSet, NamedSet, Table } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import {
  addressFromNumber,
  addressNumber,
  formatPrefix,
  isEverything,
  mergePrefixes,
  type Prefix,
  parsePrefix,
  prefixesBetween,
  prefixRange,
} from '../net/prefix.ts';
import { ipsetName } from '../plan/named-sets.ts';
import { isNft } from './diff-nft.ts';

/**
 * The wanted state where the backend changes: what others have put into sets goes along. Members that have a time to live
 * stay behind, as an ipset of polywan's has none; so do those that are no addresses.
 */
export function withMembers(desired: KernelState, own: KernelState): KernelState {
  const table = own.tables.find(isNft);
  return {
    ...desired,
    tables: table === undefined ? desired.tables.map((each) => fromIpsets(each, own.ipsets)) : desired.tables,
    ipsets: table === undefined ? desired.ipsets : desired.ipsets.map((each) => fromTable(each, table, own)),
  };
}

function fromIpsets(table: Table, ipsets: readonly IpSet[]): Table {
  if (!isNft(table) || ipsets.length === 0) return table;
  const sets = table.sets.map((set): NamedSet => {
    const before = ipsets.find(({ name }) => name === ipsetName(set.name));
    // An ipset may hold a network and a part of it, which nft takes for a conflict.
    const members = mergePrefixes(before?.elements.flatMap((text) => parsePrefix(text) ?? []) ?? []);
    return members.length === 0 ? set : { ...set, elements: members.map(elementOf) };
  });
  return { ...table, sets };
}

function elementOf(prefix: Prefix): SetElement {
  const text = formatPrefix(prefix);
  return { key: text === prefix.address ? { kind: 'string', value: text } : { kind: 'prefix', prefix } };
}

function fromTable(ipset: IpSet, table: Table, { ipsets }: KernelState): IpSet {
  const before = table.sets.find(({ name }) => ipsetName(name) === ipset.name);
  if (before === undefined || ipsets.some(({ name }) => name === ipset.name)) return ipset;
  const lasting = before.elements.filter(
    ({ timeoutMs, expiresMs }) => (timeoutMs ?? expiresMs) === undefined,
  );
  const members = lasting.flatMap(({ key }) => prefixesOf(key)).flatMap(halved);
  return { ...ipset, elements: members.map(formatPrefix) };
}

/** An ipset takes no prefix of length 0. */
function halved(prefix: Prefix): readonly Prefix[] {
  if (!isEverything(prefix)) return [prefix];
  const half = { ...prefix, length: 1 };
  const { last } = prefixRange(half);
  return [half, { ...half, address: addressFromNumber(prefix.family, last + 1n) }];
}

function prefixesOf(key: Expression): readonly Prefix[] {
  if (key.kind === 'prefix') return [key.prefix];
  if (key.kind !== 'range') {
    const prefix = key.kind === 'string' ? parsePrefix(key.value) : undefined;
    return prefix === undefined ? [] : [prefix];
  }
  const [from] = prefixesOf(key.from);
  const [to] = prefixesOf(key.to);
  if (from === undefined || to === undefined) return [];
  return prefixesBetween(from.family, addressNumber(from.address), addressNumber(to.address));
}
