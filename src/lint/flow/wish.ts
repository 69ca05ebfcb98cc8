import type { Family } from '../../net/family.ts';
import { intersect, type Ranges, sameRanges, subtract } from '../../trace/ranges.ts';
import { type Domain, firstOf, lastOf } from '../../trace/term.ts';

export type Field = 'saddr' | 'daddr' | 'sport' | 'dport' | 'protocol' | 'dscp' | 'uid' | 'icmpType';

/** Names that something may have. */
export interface NameWish {
  readonly only?: readonly string[];
  readonly not: readonly string[];
}

/** What a packet must be to come to a rule: values that each field may have. */
export interface Wish {
  readonly family: Family;
  readonly fields: Readonly<Partial<Record<Field, Ranges>>>;
  readonly in: NameWish;
  /** Bits of the packet mark that must be there: of a socket, or of a rule before. */
  readonly mark?: { readonly value: number; readonly mask: number };
  /** It must be for this machine; false: it must not. */
  readonly local?: boolean;
  /** No packet can be all of it. */
  readonly impossible: boolean;
}

export function anyPacket(family: Family): Wish {
  return { family, fields: {}, in: { not: [] }, impossible: false };
}

const DOMAINS: Readonly<Record<Exclude<Field, 'saddr' | 'daddr'>, Domain>> = {
  sport: 'u16',
  dport: 'u16',
  protocol: 'u8',
  dscp: 'u6',
  uid: 'u32',
  icmpType: 'u8',
};

export function domainOf(family: Family, field: Field): Domain {
  return field === 'saddr' || field === 'daddr' ? family : DOMAINS[field];
}

export function rangesOf({ family, fields }: Wish, field: Field): Ranges {
  const domain = domainOf(family, field);
  return fields[field] ?? [firstOf(domain), lastOf(domain)];
}

/** The wish and that the field be in the ranges, or outside of them. */
export function withField(wish: Wish, field: Field, ranges: Ranges, inside: boolean): Wish {
  const before = rangesOf(wish, field);
  const after = inside ? intersect(before, ranges) : subtract(before, ranges);
  return {
    ...wish,
    fields: { ...wish.fields, [field]: after },
    impossible: wish.impossible || after.length === 0,
  };
}

/** The same, unless nothing would be left: then the wish as it was. */
export function preferField(wish: Wish, field: Field, ranges: Ranges, inside: boolean): Wish {
  const after = withField(wish, field, ranges, inside);
  return after.impossible && !wish.impossible ? wish : after;
}

export function withIn(wish: Wish, names: readonly string[], inside: boolean): Wish {
  if (!inside) return { ...wish, in: { ...wish.in, not: [...wish.in.not, ...names] } };
  const { only } = wish.in;
  const both = only === undefined ? names : names.flatMap((name) => narrowName(name, only));
  return { ...wish, in: { ...wish.in, only: both }, impossible: wish.impossible || both.length === 0 };
}

/** What both wish for. */
export function bothWishes(wish: Wish, other: Wish): Wish {
  const local = wish.local ?? other.local;
  const isTorn = other.local !== undefined && other.local !== local;
  let both: Wish = {
    ...wish,
    ...(local === undefined ? {} : { local }),
    impossible: wish.impossible || isTorn,
  };
  // The keys of a wish's fields are fields.
  for (const [field, ranges] of Object.entries(other.fields))
    both = withField(both, field as Field, ranges, true);
  if (other.in.only !== undefined) both = withIn(both, other.in.only, true);
  return withIn(both, other.in.not, false);
}

/** Whether the wish made of another leaves the same packets possible. */
export function isNoNarrower(wish: Wish, before: Wish): boolean {
  const fields = Object.entries(wish.fields).every(([field, ranges]) => {
    // The keys of a wish's fields are fields.
    const known = before.fields[field as Field];
    return known !== undefined && sameRanges(known, ranges);
  });
  return fields && wish.local === before.local && namesOf(wish) === namesOf(before);
}

function namesOf({ in: { only, not } }: Wish): string {
  if (only === undefined) return `not ${not.join()}`;
  return only.filter((name) => !not.some((one) => fitsName(name, one))).join();
}

/** Whether fields and interfaces are left open. */
export function isOpen({ fields, in: { only, not } }: Wish): boolean {
  return Object.keys(fields).length === 0 && only === undefined && not.length === 0;
}

/** `br*` and `br0` together are `br0`. */
function narrowName(name: string, others: readonly string[]): readonly string[] {
  return others.flatMap((other) => (fitsName(name, other) ? [name] : fitsName(other, name) ? [other] : []));
}

/** Whether a name is the other one, or has its beginning. */
export function fitsName(name: string, pattern: string): boolean {
  return name === pattern || (/[*+]$/.test(pattern) && name.startsWith(pattern.slice(0, -1)));
}
