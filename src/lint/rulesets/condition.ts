import { canonicalExpression } from '../../kernel/canonical-expression.ts';
import type { Expression } from '../../kernel/expression.ts';
import { stableText } from '../../kernel/stable-text.ts';
import type { Statement } from '../../kernel/statement.ts';
import { comparisonRanges, readConstant, readOperand, readStretch } from '../../trace/operand.ts';
import { contains, intersect, type Ranges, subtract } from '../../trace/ranges.ts';
import type { Point } from '../../trace/term.ts';
import { type Field, type FieldBook, lifeOf, nearer } from './field.ts';
import { EXACT, hashOf, LOOSE, networkLength, networkOf } from './network.ts';

/** What one match asks of a field, so that two of them can be compared. */
export type Condition = {
  readonly field: Field;
  /** The field must not be one of the values. */
  readonly negated: boolean;
  /** Length of the network that the values are; `EXACT` for one value, `LOOSE` for anything else. */
  readonly length: number;
  /** Equal for equal values of that length; 0 where loose. */
  readonly hash: number;
  readonly life: Field['life'];
} & Values;

type Values =
  | { readonly kind: 'span'; readonly first: Point; readonly last: Point }
  | { readonly kind: 'ranges'; readonly ranges: Ranges }
  | { readonly kind: 'names'; readonly names: ReadonlySet<string>; readonly prefixes: readonly string[] }
  /** Nothing is known but how it is written: named sets, concatenations, masks. */
  | { readonly kind: 'text'; readonly text: string };

type Match = Extract<Statement, { kind: 'match' }>;

export function readCondition(match: Match, book: FieldBook): Condition {
  const { left, right } = match;
  // Big rulesets are lists of addresses and ports, each of them once; everything else codecs share among rules.
  if (left.kind === 'payload' && right.kind !== 'set') return makeCondition(match, book);
  const known = book.conditions.get(match);
  if (known !== undefined) return known;
  const made = makeCondition(match, book);
  book.conditions.set(match, made);
  return made;
}

function makeCondition({ operator, left, right }: Match, book: FieldBook): Condition {
  const field = book.of(left);
  const { domain, datatype } = field;
  if (operator !== '==' && operator !== '!=') return comparison(field, operator, right);
  const negated = operator === '!=';
  // A set by its name, or the bits of a mask, is no list of values.
  if (domain === undefined || right.kind === 'set-ref') return textCondition(field, negated, right);
  if (domain !== 'text' && right.kind !== 'set') {
    const stretch = readStretch(right, { domain, datatype });
    if (stretch !== undefined) return spanCondition(field, negated, stretch[0], stretch[1]);
  }
  const operand = readOperand(right, { domain, datatype });
  if (operand === undefined) return textCondition(field, negated, right);
  if (operand.kind === 'ranges') return rangesCondition(field, negated, operand.ranges);
  const [only] = operand.names.size === 1 && operand.prefixes.length === 0 ? operand.names : [];
  if (only === undefined || negated)
    return { field, negated, length: LOOSE, hash: 0, life: field.life, ...operand };
  return { field, negated, length: EXACT, hash: hashOf(only), life: field.life, ...operand };
}

/** The value is no constant of the field's type: a set by its name, a mask, another field. */
function textCondition(field: Field, negated: boolean, right: Expression, operator = ''): Condition {
  const text = `${operator}${stableText(canonicalExpression(right, [field.datatype]))}`;
  const life = nearer(field.life, lifeOf(right));
  return { field, negated, length: EXACT, hash: hashOf(text), life, kind: 'text', text };
}

function rangesCondition(field: Field, negated: boolean, ranges: Ranges): Condition {
  const [first, last] = ranges;
  if (first !== undefined && last !== undefined && ranges.length === 2)
    return spanCondition(field, negated, first, last);
  return { field, negated, length: LOOSE, hash: 0, life: field.life, kind: 'ranges', ranges };
}

function spanCondition(field: Field, negated: boolean, first: Point, last: Point): Condition {
  const length = negated ? LOOSE : first === last ? EXACT : networkLength(first, last, field.domain);
  const hash = length === LOOSE ? 0 : hashOf(length === EXACT ? first : networkOf(first, length));
  return { field, negated, length, hash, life: field.life, kind: 'span', first, last };
}

function comparison(field: Field, operator: string, right: Expression): Condition {
  const { domain, datatype } = field;
  const point =
    domain === undefined || domain === 'text' ? undefined : readConstant(right, { domain, datatype });
  const ranges =
    domain === undefined || point === undefined ? undefined : comparisonRanges(operator, point, domain);
  if (ranges !== undefined) return rangesCondition(field, false, ranges);
  return textCondition(field, false, right, operator);
}

/** Whether every packet that fulfils `inner` fulfils `outer`, both of one field. Unsure is no. */
export function implies(inner: Condition, outer: Condition): boolean {
  if (inner.kind === 'text')
    return outer.kind === 'text' && inner.negated === outer.negated && inner.text === outer.text;
  if (outer.kind === 'text') return false;
  if (outer.negated && inner.negated) return within(outer, inner);
  if (outer.negated) return apart(inner, outer);
  return !inner.negated && within(inner, outer);
}

type Comparable = Exclude<Values, { kind: 'text' }>;
type Names = Extract<Values, { kind: 'names' }>;

function within(inner: Comparable, outer: Comparable): boolean {
  if (inner.kind === 'span' && outer.kind === 'span')
    return inner.first >= outer.first && inner.last <= outer.last;
  if (inner.kind === 'names' || outer.kind === 'names')
    return inner.kind === 'names' && outer.kind === 'names' && namesWithin(inner, outer);
  if (inner.kind === 'span' && inner.first === inner.last) return contains(rangesOf(outer), inner.first);
  return subtract(rangesOf(inner), rangesOf(outer)).length === 0;
}

function apart(inner: Comparable, outer: Comparable): boolean {
  if (inner.kind === 'names' || outer.kind === 'names')
    return inner.kind === 'names' && outer.kind === 'names' && namesApart(inner, outer);
  return intersect(rangesOf(inner), rangesOf(outer)).length === 0;
}

function rangesOf(values: Extract<Values, { kind: 'span' | 'ranges' }>): Ranges {
  return values.kind === 'span' ? [values.first, values.last] : values.ranges;
}

function namesWithin(inner: Names, outer: Names): boolean {
  for (const name of inner.names) if (!hasName(outer, name)) return false;
  return inner.prefixes.every((prefix) => outer.prefixes.some((wider) => prefix.startsWith(wider)));
}

function namesApart(inner: Names, outer: Names): boolean {
  for (const name of inner.names) if (hasName(outer, name)) return false;
  return inner.prefixes.every(
    (prefix) =>
      ![...outer.names].some((name) => name.startsWith(prefix)) &&
      !outer.prefixes.some((other) => other.startsWith(prefix) || prefix.startsWith(other)),
  );
}

function hasName(values: Names, name: string): boolean {
  return values.names.has(name) || values.prefixes.some((prefix) => name.startsWith(prefix));
}
