import type { Expression, SetElement } from '../kernel/expression.ts';
import { symbolNumber } from '../kernel/symbol.ts';
import { type Ranges, unite } from './ranges.ts';
import { addressPoint, type Domain, lastOf, type Point } from './term.ts';
import { calculate } from './word.ts';

/** What a rule compares with: stretches of points, or names with `*` at the end as prefixes. */
export type Operand =
  | { readonly kind: 'ranges'; readonly ranges: Ranges }
  | { readonly kind: 'names'; readonly names: ReadonlySet<string>; readonly prefixes: readonly string[] };

/** Domain and nft datatype of what is compared. */
export interface Type {
  readonly domain: Domain;
  readonly datatype: string;
}

/** Undefined: it cannot be said in points of this type. */
export function readOperand(expression: Expression, type: Type): Operand | undefined {
  const keys = expression.kind === 'set' ? expression.elements.map(({ key }) => key) : [expression];
  if (type.domain === 'text') return readNames(keys, type.datatype);
  const stretches: (readonly [Point, Point])[] = [];
  for (const key of keys) {
    const stretch = readStretch(key, type);
    if (stretch === undefined) return undefined;
    stretches.push(stretch);
  }
  const [only] = stretches;
  return { kind: 'ranges', ranges: stretches.length === 1 && only !== undefined ? only : unite(stretches) };
}

function readNames(keys: readonly Expression[], datatype: string): Operand | undefined {
  const names = new Set<string>();
  const prefixes: string[] = [];
  for (const key of keys) {
    const text = key.kind === 'string' ? key.value : key.kind === 'number' ? String(key.value) : undefined;
    if (text === undefined) return undefined;
    if (datatype === 'ifname' && text.endsWith('*')) prefixes.push(text.slice(0, -1));
    else names.add(text);
  }
  return { kind: 'names', names, prefixes };
}

/** First and last point of a value, a prefix or a range. */
export function readStretch(expression: Expression, type: Type): readonly [Point, Point] | undefined {
  switch (expression.kind) {
    case 'prefix':
      return prefixStretch(expression.prefix.address, expression.prefix.length, type.domain);
    case 'range': {
      const from = readStretch(expression.from, type);
      const to = readStretch(expression.to, type);
      if (from === undefined || to === undefined) return undefined;
      // nft 1.0.6 lists `meta length < 130 meta mark > 48` so: what the kernel has is not to be seen.
      return from[0] > to[1] ? undefined : [from[0], to[1]];
    }
    default: {
      const point = readConstant(expression, type);
      return point === undefined ? undefined : [point, point];
    }
  }
}

export function prefixStretch(
  address: string,
  length: number,
  domain: Domain,
): readonly [Point, Point] | undefined {
  const point = addressPoint(address, domain);
  if (point === undefined) return undefined;
  return networkStretch(point, length);
}

/** The network of that length around an address. */
export function networkStretch(point: Point, length: number): readonly [Point, Point] {
  if (typeof point === 'number') {
    const size = 2 ** (32 - length);
    const first = Math.floor(point / size) * size;
    return [first, first + size - 1];
  }
  const whole = length >> 2;
  const bits = length & 3;
  const head = point.slice(0, whole);
  if (bits === 0) return [head.padEnd(32, '0'), head.padEnd(32, 'f')];
  const digit = Number.parseInt(point.charAt(whole), 16);
  const mask = (0xf << (4 - bits)) & 0xf;
  const low = (digit & mask).toString(16);
  const high = (digit | (~mask & 0xf)).toString(16);
  return [`${head}${low}`.padEnd(32, '0'), `${head}${high}`.padEnd(32, 'f')];
}

/** The point an expression without any reader in it stands for. */
export function readConstant(expression: Expression, type: Type): Point | undefined {
  switch (expression.kind) {
    case 'number':
      return type.domain === 'text' || type.domain === 'ipv6' ? undefined : expression.value;
    case 'boolean':
      return expression.value ? 1 : 0;
    case 'string':
      return readWord(expression.value, type);
    case 'prefix':
      return expression.prefix.length === (type.domain === 'ipv4' ? 32 : 128)
        ? addressPoint(expression.prefix.address, type.domain)
        : undefined;
    case 'binary':
      return calculated(expression.operator, [expression.left, expression.right], type);
    case 'set':
      // A list of flags as an operand is their OR.
      return calculated('|', expression.elements.map(elementKey), type);
    default:
      return undefined;
  }
}

function elementKey(element: SetElement): Expression {
  return element.key;
}

function calculated(
  operator: '&' | '|' | '^' | '<<' | '>>',
  operands: readonly Expression[],
  type: Type,
): Point | undefined {
  const points = operands.map((operand) => readConstant(operand, type));
  const [first, ...others] = points;
  if (typeof first !== 'number') return undefined;
  let result = first;
  for (const point of others) {
    if (typeof point !== 'number') return undefined;
    const next = calculate(operator, result, point);
    result = typeof next === 'number' ? next : 0;
  }
  return result;
}

function readWord(text: string, { domain, datatype }: Type): Point | undefined {
  if (domain === 'text') return text;
  if (domain === 'ipv4' || domain === 'ipv6') return addressPoint(text, domain);
  const known = symbolNumber(datatype, text);
  if (known !== undefined) return known;
  return /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : undefined;
}

/** The stretch that a comparison with one point allows; undefined for `==` and `!=`, which an operand says. */
export function comparisonRanges(operator: string, point: Point, domain: Domain): Ranges | undefined {
  if (typeof point !== 'number') return undefined;
  const last = lastOf(domain);
  switch (operator) {
    case '<':
      return point === 0 ? [] : [0, point - 1];
    case '<=':
      return [0, point];
    case '>':
      return point >= Number(last) ? [] : [point + 1, last];
    case '>=':
      return [point, last];
    default:
      return undefined;
  }
}
