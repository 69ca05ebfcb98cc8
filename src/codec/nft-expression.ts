import { datatypesOf } from '../kernel/datatype.ts';
import type { BinaryOperator, Expression, SetElement } from '../kernel/expression.ts';
import type { Verdict } from '../kernel/verdict.ts';
import { formatDuration } from '../net/duration.ts';
import { formatPrefix } from '../net/prefix.ts';

/**
 * An expression as nft text. `types` are the datatypes the surroundings ask of it, one for each part of a
 * concatenation: they decide whether a word is quoted and whether a number is a mark (hex). What was not understood
 * stands as it was met, to be shown; `whyUnsayable` keeps it from what nft is fed.
 */
export function writeExpression(expression: Expression, types: readonly string[] = []): string {
  switch (expression.kind) {
    case 'number':
      return types[0] === 'mark' ? writeMark(expression.value) : String(expression.value);
    case 'string':
      return isQuoted(types[0] ?? '') ? `"${expression.value}"` : expression.value;
    case 'boolean':
      return expression.value ? 'exists' : 'missing';
    case 'prefix':
      return formatPrefix(expression.prefix);
    case 'range':
      return `${writeExpression(expression.from, types)}-${writeExpression(expression.to, types)}`;
    case 'set':
      return writeElementList(expression.elements, types);
    case 'set-ref':
      return `@${expression.name}`;
    case 'concat':
      return expression.parts.map((part, at) => writeExpression(part, [types[at] ?? ''])).join(' . ');
    case 'either':
      return expression.parts.map((part) => writeExpression(part)).join(' or ');
    case 'verdict':
      return writeVerdict(expression.verdict);
    case 'binary':
      return writeBinary(expression);
    case 'map':
      return writeMapLookup('map', expression.key, expression.map, types);
    case 'unknown':
      return expression.text;
    default:
      return writeReader(expression);
  }
}

type Reader = Extract<
  Expression,
  { kind: 'meta' | 'ct' | 'payload' | 'tcp-option' | 'fib' | 'rt' | 'socket' | 'numgen' | 'hash' }
>;

/** What reads something of the packet, the connection or a generator. */
function writeReader(expression: Reader): string {
  switch (expression.kind) {
    case 'meta':
      return BARE_META.has(expression.key) ? expression.key : `meta ${expression.key}`;
    case 'ct':
      return ['ct', expression.direction, expression.key].filter((word) => word !== undefined).join(' ');
    case 'payload':
      return `${expression.protocol} ${expression.field}`;
    case 'tcp-option':
      return ['tcp option', expression.name, expression.field].filter((word) => word !== undefined).join(' ');
    case 'fib':
      return `fib ${expression.flags.join(' . ')} ${expression.result}`;
    case 'rt':
      return `rt ${expression.key}`;
    case 'socket':
      return `socket ${expression.key}`;
    case 'numgen':
      return `numgen ${expression.mode} mod ${expression.modulus}${writeOffset(expression.offset)}`;
    case 'hash':
      return writeHash(expression);
  }
}

/** Keys nft itself lists without the word `meta`. */
const BARE_META: ReadonlySet<string> = new Set(['iif', 'oif', 'iifname', 'oifname', 'iiftype', 'oiftype']);

function writeHash(hash: Extract<Expression, { kind: 'hash' }>): string {
  const words: string[] = [hash.algorithm];
  if (hash.of !== undefined) words.push(writeExpression(hash.of));
  words.push('mod', String(hash.modulus));
  if (hash.seed !== undefined) words.push('seed', `0x${hash.seed.toString(16)}`);
  return words.join(' ') + writeOffset(hash.offset);
}

function writeOffset(offset: number): string {
  return offset === 0 ? '' : ` offset ${offset}`;
}

/** nft's own form: eight digits, so that masks and values line up. */
function writeMark(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

function isQuoted(type: string): boolean {
  return type === 'ifname' || type === 'iface_index';
}

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = { '<<': 3, '>>': 3, '&': 2, '^': 1, '|': 0 };

function writeBinary(expression: Extract<Expression, { kind: 'binary' }>): string {
  const types = datatypesOf(expression);
  const looser =
    expression.left.kind === 'binary' &&
    PRECEDENCE[expression.left.operator] < PRECEDENCE[expression.operator];
  const left = writeExpression(expression.left, types);
  return `${looser ? `(${left})` : left} ${expression.operator} ${writeOperand(expression, types)}`;
}

/** A list of flags is written as they are OR-ed: `tcp flags & (syn | rst)`. */
function writeOperand(
  { right, operator }: Extract<Expression, { kind: 'binary' }>,
  types: readonly string[],
): string {
  if (right.kind === 'binary') return `(${writeExpression(right, types)})`;
  if (right.kind === 'set')
    return `(${right.elements.map((element) => writeExpression(element.key, types)).join(' | ')})`;
  return writeExpression(right, operator === '<<' || operator === '>>' ? [] : types);
}

/** `KEY map { … }` or `KEY vmap @name`. */
export function writeMapLookup(
  word: 'map' | 'vmap',
  key: Expression,
  map: Expression,
  valueTypes: readonly string[] = [],
): string {
  const types = datatypesOf(key);
  const data = map.kind === 'set' ? writeElementList(map.elements, types, valueTypes) : writeExpression(map);
  return `${writeExpression(key)} ${word} ${data}`;
}

function writeElementList(
  elements: readonly SetElement[],
  keyTypes: readonly string[],
  valueTypes: readonly string[] = [],
): string {
  return `{ ${elements.map((element) => writeElement(element, keyTypes, valueTypes)).join(', ')} }`;
}

/** `KEY timeout 10m expires 9m comment "…" : VALUE`; times are what is left, so a replaced table carries them over. */
export function writeElement(
  element: SetElement,
  keyTypes: readonly string[],
  valueTypes: readonly string[],
): string {
  const words = [writeExpression(element.key, keyTypes)];
  if (element.timeoutMs !== undefined) words.push('timeout', formatDuration(element.timeoutMs));
  if (element.expiresMs !== undefined) words.push('expires', formatDuration(element.expiresMs));
  if (element.comment !== undefined) words.push('comment', `"${element.comment}"`);
  if (element.value !== undefined) words.push(':', writeExpression(element.value, valueTypes));
  return words.join(' ');
}

export function writeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'jump':
    case 'goto':
      return `${verdict.kind} ${verdict.chain}`;
    case 'queue':
      return `queue ${verdict.text}`;
    default:
      return verdict.kind;
  }
}
