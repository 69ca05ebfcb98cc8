import { binary, type Expression, string } from '../../kernel/expression.ts';
import type { Statement } from '../../kernel/statement.ts';
import { addressBits, type Family } from '../../net/family.ts';
import {
  addressFromNumber,
  addressNumber,
  formatPrefix,
  maskLength,
  networkOf,
  parseAddress,
  parsePrefix,
} from '../../net/prefix.ts';
import { match, type Scope } from './extension.ts';

/** What an address option compares with: one host, a prefix, or a value under a mask that is no prefix. */
export interface AddressOperand {
  readonly mask?: Expression;
  readonly value: Expression;
  /** A prefix of length 0: true for every packet. */
  readonly any?: boolean;
}

export function familyOf(scope: Scope): Family {
  return scope.family === 'ip' ? 'ipv4' : 'ipv6';
}

/** `field` compared with `text` (`a`, `a/len`, `a/mask`); nothing for `any`; undefined when it is no address. */
export function readAddressMatch(
  field: Expression,
  text: string,
  negated: boolean,
  scope: Scope,
): readonly Statement[] | undefined {
  if (text.includes(',')) return readAddressList(field, text.split(','), negated, scope);
  const operand = parseOperand(text, familyOf(scope));
  if (operand === undefined) return undefined;
  if (operand.any === true && !negated) return [];
  const left = operand.mask === undefined ? field : binary('&', field, operand.mask);
  return [match(left, operand.value, negated)];
}

/** `-s a,b` makes one rule for each; one rule that matches any of them is the same. */
function readAddressList(field: Expression, texts: readonly string[], negated: boolean, scope: Scope) {
  const operands = texts.map((text) => parseOperand(text, familyOf(scope)));
  const elements = operands.flatMap((operand) =>
    operand === undefined || operand.mask !== undefined ? [] : [{ key: operand.value }],
  );
  if (elements.length !== texts.length) return undefined;
  return [match(field, { kind: 'set', elements }, negated)];
}

function parseOperand(text: string, family: Family): AddressOperand | undefined {
  const quick = family === 'ipv4' ? quickPrefix(text) : undefined;
  if (quick !== undefined) return quick;
  const slash = text.indexOf('/');
  const maskText = slash === -1 ? '' : text.slice(slash + 1);
  if (slash === -1 || /^\d+$/.test(maskText)) return prefixOperand(text, family);
  const address = parseAddress(text.slice(0, slash));
  const mask = parseAddress(maskText);
  if (address?.family !== family || mask?.family !== family) return undefined;
  const length = maskLength(mask);
  if (length !== undefined) return prefixOperand(`${address.address}/${length}`, family);
  const value = addressNumber(address.address) & addressNumber(mask.address);
  return { mask: string(mask.address), value: string(addressFromNumber(family, value)) };
}

const DOT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;

/** `192.0.2.0/24` without a regular expression or a bigint: big rulesets are lists of them. Undefined: not so plain. */
function quickPrefix(text: string): AddressOperand | undefined {
  const parts = [0, 0, 0, 0, 0];
  let part = 0;
  let digits = 0;
  let isCanonical = true;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= ZERO + 9) {
      if (digits === 1 && parts[part] === 0) isCanonical = false;
      digits += 1;
      parts[part] = (parts[part] ?? 0) * 10 + code - ZERO;
      continue;
    }
    if (digits === 0 || digits > 3 || part > 3 || code !== (part === 3 ? SLASH : DOT)) return undefined;
    part += 1;
    digits = 0;
  }
  const [a = 0, b = 0, c = 0, d = 0, length = 0] = parts;
  if (part !== 4 || digits === 0 || a > 255 || b > 255 || c > 255 || d > 255 || length > 32) return undefined;
  const whole = (a << 24) | (b << 16) | (c << 8) | d;
  const word = whole & (length === 0 ? 0 : -1 << (32 - length));
  const address =
    word === whole && isCanonical
      ? text.slice(0, text.indexOf('/'))
      : `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
  if (length === 32) return { value: string(address) };
  const value: Expression = { kind: 'prefix', prefix: { family: 'ipv4', address, length } };
  return length === 0 ? { value, any: true } : { value };
}

function prefixOperand(text: string, family: Family): AddressOperand | undefined {
  const prefix = parsePrefix(text);
  if (prefix?.family !== family) return undefined;
  if (prefix.length === addressBits(family)) return { value: string(prefix.address) };
  const value: Expression = { kind: 'prefix', prefix: networkOf(prefix) };
  return prefix.length === 0 ? { value, any: true } : { value };
}

/** The words of an address or prefix; undefined for anything else. */
export function writeAddress(value: Expression): string | undefined {
  if (value.kind === 'prefix') return formatPrefix(value.prefix);
  return value.kind === 'string' && parseAddress(value.value) !== undefined ? value.value : undefined;
}

/** `field` or `field & mask` compared with an address, in the words `-s` and `-d` take. */
export function writeAddressMatch(left: Expression, right: Expression): string | undefined {
  const address = writeAddress(right);
  if (address === undefined || left.kind !== 'binary') return address;
  const mask = left.operator === '&' ? writeAddress(left.right) : undefined;
  return mask === undefined ? undefined : `${address}/${mask}`;
}
