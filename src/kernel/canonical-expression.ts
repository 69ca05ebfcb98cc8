import { bitwiseExpression, bitwiseOf } from './bitwise.ts';
import { canonicalInterval, canonicalKeys, sortElements } from './canonical-set.ts';
import { datatypesOf } from './datatype.ts';
import { anonymousSet, type Expression, type SetElement } from './expression.ts';
import { symbolNumber } from './symbol.ts';

/**
 * The one form of an expression. `types` are the datatypes its surroundings ask of it, one for each part of a
 * concatenation, so that `ef` and 46, `tcp` and 6 become the same number.
 */
export function canonicalExpression(expression: Expression, types: readonly string[] = []): Expression {
  switch (expression.kind) {
    case 'string':
      return canonicalString(expression.value, types[0] ?? '');
    case 'prefix':
      return canonicalInterval(expression);
    case 'range':
      return canonicalInterval({
        kind: 'range',
        from: canonicalExpression(expression.from, types),
        to: canonicalExpression(expression.to, types),
      });
    case 'set':
      return canonicalSet(expression.elements, types);
    case 'concat':
      return {
        kind: 'concat',
        parts: expression.parts.map((part, at) => canonicalExpression(part, [types[at] ?? ''])),
      };
    case 'binary':
      return canonicalBinary(expression, types);
    case 'map':
      return {
        kind: 'map',
        key: canonicalExpression(expression.key),
        map: canonicalMap(expression.map, datatypesOf(expression.key), types),
      };
    case 'fib':
      return { ...expression, flags: [...expression.flags].sort() };
    case 'hash':
      return expression.of === undefined
        ? expression
        : { ...expression, of: canonicalExpression(expression.of) };
    case 'payload':
      return canonicalPayload(expression);
    case 'either': {
      const [one, other] = expression.parts;
      return { kind: 'either', parts: [canonicalExpression(one), canonicalExpression(other)] };
    }
    default:
      return expression;
  }
}

function canonicalString(value: string, type: string): Expression {
  const number = symbolNumber(type, value);
  return number === undefined
    ? canonicalInterval({ kind: 'string', value })
    : { kind: 'number', value: number };
}

/** With the protocol known (see canonicalRule), nft lists `th dport` as `tcp dport`: one name for both. */
function canonicalPayload(payload: Extract<Expression, { kind: 'payload' }>): Expression {
  const isPort = payload.field === 'sport' || payload.field === 'dport';
  return isPort ? { ...payload, protocol: 'th' } : payload;
}

function canonicalBinary(
  { operator, left, right }: Extract<Expression, { kind: 'binary' }>,
  types: readonly string[],
): Expression {
  const own = datatypesOf(left)[0] === '' ? types : datatypesOf(left);
  const flags = right.kind === 'set' ? anyOf(right.elements) : right;
  const folded: Expression = {
    kind: 'binary',
    operator,
    left: canonicalExpression(left, own),
    right: canonicalExpression(flags, own),
  };
  return bitwiseExpression(bitwiseOf(folded));
}

/** A list of flags as an operand is their OR. */
function anyOf(elements: readonly SetElement[]): Expression {
  const [first, ...others] = elements.map((element) => element.key);
  if (first === undefined) return { kind: 'number', value: 0 };
  return others.reduce((left, right) => ({ kind: 'binary', operator: '|', left, right }), first);
}

/** A set of one is that one. */
function canonicalSet(elements: readonly SetElement[], types: readonly string[]): Expression {
  const keys = canonicalKeys(elements.map((element) => canonicalExpression(element.key, types)));
  const [only] = keys;
  return only !== undefined && keys.length === 1 ? only : anonymousSet(keys);
}

/** The map of a `map` or `vmap`: a named one by its name, an anonymous one sorted. */
export function canonicalMap(
  map: Expression,
  keyTypes: readonly string[],
  valueTypes: readonly string[] = [],
): Expression {
  if (map.kind !== 'set') return map;
  return { kind: 'set', elements: canonicalElements(map.elements, keyTypes, valueTypes) };
}

/** Elements sorted, without times and comments; bare keys as the fewest intervals. */
export function canonicalElements(
  elements: readonly SetElement[],
  keyTypes: readonly string[],
  valueTypes: readonly string[] = [],
): readonly SetElement[] {
  if (elements.every((element) => element.value === undefined))
    return canonicalKeys(elements.map(({ key }) => canonicalExpression(key, keyTypes))).map((key) => ({
      key,
    }));
  return sortElements(
    elements.map(({ key, value }) => {
      const bare = { key: canonicalExpression(key, keyTypes) };
      return value === undefined ? bare : { ...bare, value: canonicalExpression(value, valueTypes) };
    }),
  );
}
