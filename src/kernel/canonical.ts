import { canonicalElements } from './canonical-expression.ts';
import { canonicalRule, sameRule } from './canonical-rule.ts';
import type { Chain, NamedSet, NetfilterFamily, Table } from './netfilter.ts';
import { likelySameData, sameData } from './same-data.ts';
import { compareText } from './stable-text.ts';

/** What the kernel gives a set that rules add to and that names no size. */
const DYNAMIC_SIZE = 65535;

/** Flags that nft takes and does not list (`dynamic`, `auto-merge`), or that follow from the elements. */
const UNLISTED_FLAGS: ReadonlySet<string> = new Set(['dynamic', 'auto-merge']);

/**
 * The normal form in which wanted and found are compared: two tables with the same one do the same to every packet
 * and explain themselves with the same comments. Where something stood, counters and elements that packets added
 * are gone. Order of rules stays; order of chains, sets and elements has no meaning.
 */
export function canonicalTable(table: Table): Table {
  const others = [...(table.others ?? [])].sort(compareText);
  return {
    frontend: table.frontend,
    family: table.family,
    name: table.name,
    chains: byName(table.chains).map((chain) => canonicalChain(chain, table)),
    sets: byName(table.sets).map(canonicalNamedSet),
    ...(table.dormant === true ? { dormant: true as const } : {}),
    ...(others.length > 0 ? { others } : {}),
  };
}

/**
 * Whether two tables mean the same. A set is dynamic when either says so: the listing forgets that flag. What is the
 * same as it stands is the same in its normal form, so only the rest has to be brought into it.
 */
export function sameTable(a: Table, b: Table): boolean {
  const dynamic = new Set([...a.sets, ...b.sets].filter(isDynamic).map((set) => set.name));
  const sameSet = (one: NamedSet, other: NamedSet) => {
    // Elements in one order mean the same where the rest does, and that is quicker seen than their normal form is made.
    const without = dynamic.has(one.name) || likelySameData(one.elements, other.elements);
    const bare = (set: NamedSet) => (without ? { ...set, elements: [] } : set);
    return sameMeaning(bare(one), bare(other), canonicalNamedSet);
  };
  return (
    a.frontend === b.frontend &&
    a.family === b.family &&
    a.name === b.name &&
    a.dormant === b.dormant &&
    sameData([...(a.others ?? [])].sort(compareText), [...(b.others ?? [])].sort(compareText)) &&
    sameLists(byName(a.chains), byName(b.chains), (one, other) => sameChain(one, other, a.family)) &&
    sameLists(byName(a.sets), byName(b.sets), sameSet)
  );
}

function sameChain(a: Chain, b: Chain, family: NetfilterFamily): boolean {
  return (
    a.name === b.name &&
    sameData(a.base, b.base) &&
    sameLists(a.rules, b.rules, (one, other) => sameRule(one, other, family))
  );
}

function sameMeaning<T>(a: T, b: T, canonical: (value: T) => T): boolean {
  return likelySameData(a, b) || sameData(canonical(a), canonical(b));
}

function sameLists<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  if (a.length !== b.length) return false;
  for (const [at, one] of a.entries()) {
    const other = b[at];
    if (other === undefined || !same(one, other)) return false;
  }
  return true;
}

function isDynamic(set: NamedSet): boolean {
  return set.flags.includes('dynamic') || set.flags.includes('timeout');
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => compareText(a.name, b.name));
}

function canonicalChain(chain: Chain, table: Table): Chain {
  const rules = chain.rules.map((rule) => canonicalRule(rule, table.family));
  return chain.base === undefined
    ? { name: chain.name, rules }
    : { name: chain.name, base: chain.base, rules };
}

function canonicalNamedSet(set: NamedSet): NamedSet {
  const dynamic = isDynamic(set);
  const size = set.size ?? (dynamic ? DYNAMIC_SIZE : undefined);
  // nft lists a numgen or hash key by its datatype alone.
  const key =
    set.typeof !== undefined && /^(?:numgen|jhash|symhash)\b/.test(set.typeof) ? ['integer'] : set.key;
  return {
    name: set.name,
    kind: set.kind,
    key,
    ...(set.value === undefined ? {} : { value: set.value }),
    flags: set.flags.filter((flag) => !UNLISTED_FLAGS.has(flag)).sort(),
    ...(set.timeoutMs === undefined ? {} : { timeoutMs: set.timeoutMs }),
    ...(size === undefined ? {} : { size }),
    elements: dynamic ? [] : canonicalElements(set.elements, key, set.value),
  };
}
