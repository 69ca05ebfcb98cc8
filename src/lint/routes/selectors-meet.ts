import type { RuleSelector } from '../../kernel/routing.ts';
import { type Prefix, prefixContains } from '../../net/prefix.ts';

/** Whether one packet can be what both selectors ask for; false only where they exclude each other for certain. */
export function canMeet(a: RuleSelector, b: RuleSelector): boolean {
  // `not` turns the whole selector round: what is all in the one is in nothing of the other.
  if (a.not === true) return b.not === true || !isWithin(b, a);
  if (b.not === true) return !isWithin(a, b);
  return (
    marksMeet(a, b) &&
    prefixesMeet(a.from, b.from) &&
    prefixesMeet(a.to, b.to) &&
    EXACT.every((key) => a[key] === undefined || b[key] === undefined || a[key] === b[key]) &&
    SPANS.every((key) => spansMeet(a[key], b[key]))
  );
}

const EXACT = ['iif', 'oif', 'tos', 'ipProtocol'] as const;
const SPANS = ['sourcePort', 'destinationPort', 'uidRange'] as const;

function marksMeet({ fwmark: a }: RuleSelector, { fwmark: b }: RuleSelector): boolean {
  return a === undefined || b === undefined || ((a.value ^ b.value) & a.mask & b.mask) === 0;
}

function prefixesMeet(a: Prefix | undefined, b: Prefix | undefined): boolean {
  return a === undefined || b === undefined || prefixContains(a, b) || prefixContains(b, a);
}

function spansMeet(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  const [[first, last], [from, to]] = [spanOf(a), spanOf(b)];
  return first <= to && from <= last;
}

/** `80`, `8000-8100`. */
function spanOf(text: string): readonly [number, number] {
  const [first = 0, last = first] = text.split('-').map(Number);
  return [first, last];
}

/** Whether every packet of the inner one is of the outer one, `not` aside; unsure is no. */
function isWithin(inner: RuleSelector, outer: RuleSelector): boolean {
  const { fwmark: own } = inner;
  const { fwmark: asked } = outer;
  const isMarked =
    asked === undefined ||
    (own !== undefined && (asked.mask & ~own.mask) === 0 && ((own.value ^ asked.value) & asked.mask) === 0);
  return (
    isMarked &&
    outer.unknown === undefined &&
    isPrefixWithin(inner.from, outer.from) &&
    isPrefixWithin(inner.to, outer.to) &&
    EXACT.every((key) => outer[key] === undefined || inner[key] === outer[key]) &&
    SPANS.every((key) => isSpanWithin(inner[key], outer[key]))
  );
}

function isPrefixWithin(inner: Prefix | undefined, outer: Prefix | undefined): boolean {
  return outer === undefined || (inner !== undefined && prefixContains(outer, inner));
}

function isSpanWithin(inner: string | undefined, outer: string | undefined): boolean {
  if (outer === undefined || inner === undefined) return outer === undefined;
  const [[first, last], [from, to]] = [spanOf(inner), spanOf(outer)];
  return from <= first && last <= to;
}
