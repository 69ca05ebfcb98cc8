import type { Chain, Rule, Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import { familyless, familyWords, isFamilyBound, isPolicy } from './family-words.ts';

/** Something that one family says and the other does not, in chains that are alike otherwise. */
export type FamilyDifference =
  | { readonly kind: 'rule'; readonly has: Side; readonly lacks: Side; readonly rules: readonly Rule[] }
  /** What no rule takes is dropped in one family and accepted in the other, which has no rule at all. */
  | { readonly kind: 'policy'; readonly has: Side; readonly lacks: Side };

export interface Side {
  readonly table: Table;
  readonly chain: Chain;
}

/** More than this, and the two are different on purpose. */
const MOST_EXTRA = 2;

/** Chains beyond this length are written by programs, from lists that differ by family. */
const LONGEST = 500;

export function familyDifferences({ tables }: KernelState): readonly FamilyDifference[] {
  return tables
    .filter(({ family }) => family === 'ip')
    .flatMap((ipv4) =>
      tables.filter((other) => isTwin(ipv4, other)).flatMap((ipv6) => compareTables(ipv4, ipv6)),
    );
}

function isTwin(ipv4: Table, other: Table): boolean {
  return (
    other.family === 'ip6' &&
    other.name === ipv4.name &&
    (other.frontend === 'nft') === (ipv4.frontend === 'nft')
  );
}

function compareTables(ipv4: Table, ipv6: Table): readonly FamilyDifference[] {
  const twins = new Map(ipv6.chains.map((chain) => [familyless(chain.name), chain]));
  return ipv4.chains.flatMap((chain): readonly FamilyDifference[] => {
    const twin = twins.get(familyless(chain.name));
    if (twin === undefined) return [];
    const a: Side = { table: ipv4, chain };
    const b: Side = { table: ipv6, chain: twin };
    // Translation is another matter in IPv6.
    const isNat = chain.base?.type === 'nat' || ipv4.name === 'nat';
    return [...comparePolicies(a, b), ...(isNat ? [] : compareRules(a, b))];
  });
}

/** An IPv6 chain that accepts everything beside an IPv4 one that drops. */
function comparePolicies(ipv4: Side, ipv6: Side): readonly FamilyDifference[] {
  const { base } = ipv6.chain;
  const isOpen = base?.policy === 'accept' && ipv6.chain.rules.length === 0;
  const isFilter =
    base !== undefined && base.type === 'filter' && (base.hook === 'forward' || base.hook === 'input');
  if (!isOpen || !isFilter || ipv4.chain.base?.policy !== 'drop') return [];
  return [{ kind: 'policy', has: ipv4, lacks: ipv6 }];
}

function compareRules(a: Side, b: Side): readonly FamilyDifference[] {
  const shortest = Math.min(a.chain.rules.length, b.chain.rules.length);
  if (shortest === 0 || Math.max(a.chain.rules.length, b.chain.rules.length) > LONGEST) return [];
  const extraA = extraRules(a.chain, b.chain);
  const extraB = extraRules(b.chain, a.chain);
  const [has, lacks, extra] = extraB.length === 0 ? [a, b, extraA] : [b, a, extraB];
  if (extra.length === 0 || (extraA.length > 0 && extraB.length > 0)) return [];
  // Nothing but the extra ones in common: these are not twins.
  if (extra.length > MOST_EXTRA || has.chain.rules.length - extra.length < 1) return [];
  return extra.every(isPolicy) ? [{ kind: 'rule', has, lacks, rules: extra }] : [];
}

/** Rules of one chain that the other has no like of, as often as they are there. */
function extraRules({ rules }: Chain, other: Chain): readonly Rule[] {
  const counts = new Map<string, number>();
  for (const rule of other.rules) {
    const words = familyWords(rule);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return rules.filter((rule) => {
    const words = familyWords(rule);
    const left = counts.get(words) ?? 0;
    counts.set(words, left - 1);
    return left <= 0 && !isFamilyBound(rule) && !callsOnly(rule);
  });
}

/** A call tells nothing by itself: the chains are compared where both families have them. */
function callsOnly({ statements }: Rule): boolean {
  return statements.some((statement) => statement.kind === 'verdict' && 'chain' in statement.verdict);
}
