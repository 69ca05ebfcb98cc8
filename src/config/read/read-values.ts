import { LONGEST_DURATION_MS, parseDuration } from '../../net/duration.ts';
import type { Family } from '../../net/family.ts';
import { parseWord } from '../../net/mark.ts';
import { type PortRange, parsePortRange } from '../../net/port-range.ts';
import {
  addressNumber,
  formatPrefix,
  hasHostBits,
  networkOf,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../../net/prefix.ts';
import { leadingZero } from '../leading-zero.ts';
import { nearest } from '../nearest.ts';
import { alternatives } from '../schema/leaf.ts';
import type { Located } from '../site.ts';
import { child, type YamlNode, type YamlScalar } from '../yaml-node.ts';
import { type Reading, report } from './reading.ts';

export interface LocatedAddress {
  readonly family: Family;
  readonly address: string;
}

/** The value of a key as a scalar; the schema has made sure that it is one. */
export function scalarAt(node: YamlNode | undefined, key: string): YamlScalar | undefined {
  const found = child(node, key);
  return found?.kind === 'scalar' ? found : undefined;
}

export function located(scalar: YamlScalar): Located<string> {
  return { value: scalar.text, span: scalar.span };
}

export function numberAt(node: YamlNode | undefined, key: string): Located<number> | undefined {
  const scalar = scalarAt(node, key);
  return typeof scalar?.value === 'number' ? { value: scalar.value, span: scalar.span } : undefined;
}

export function yesNoAt(node: YamlNode | undefined, key: string): boolean | undefined {
  const scalar = scalarAt(node, key);
  return scalar === undefined ? undefined : isYes(scalar);
}

export function isYes(scalar: YamlScalar): boolean {
  return scalar.value === true || scalar.value === 'yes';
}

/** A 32-bit word, written as a number (YAML resolves hex) or as its text. */
export function wordOf(reading: Reading, scalar: YamlScalar): Located<number> | undefined {
  const numeral = numeralOf(reading, scalar);
  if (numeral === undefined) return undefined;
  const value = parseWord(numeral);
  if (value === undefined) report(reading, scalar.span, `${scalar.text} does not fit into 32 bits`);
  return value === undefined ? undefined : { value, span: scalar.span };
}

export function durationAt(
  reading: Reading,
  node: YamlNode | undefined,
  key: string,
): Located<number> | undefined {
  const scalar = scalarAt(node, key);
  if (scalar === undefined) return undefined;
  const ms = scalar.value === 0 ? 0 : parseDuration(scalar.text);
  // Words beside durations (`never`) are the caller's.
  if (ms === undefined) return undefined;
  if (!Number.isInteger(ms)) report(reading, scalar.span, 'a duration is a whole number of milliseconds');
  if (ms > LONGEST_DURATION_MS) report(reading, scalar.span, 'a duration ends at 24d');
  return { value: ms, span: scalar.span };
}

export function percentAt(node: YamlNode | undefined, key: string): Located<number> | undefined {
  const scalar = scalarAt(node, key);
  return scalar === undefined ? undefined : { value: Number.parseFloat(scalar.text), span: scalar.span };
}

/** The text to read a number from. What YAML has read as a number (0x30) gives its value; a leading zero is refused. */
export function numeralOf(reading: Reading, scalar: YamlScalar, text = scalar.text): string | undefined {
  if (typeof scalar.value === 'number') return String(scalar.value);
  const doubt = leadingZero(text);
  if (doubt !== undefined) report(reading, scalar.span, doubt);
  return doubt === undefined ? text : undefined;
}

export function portsOf(reading: Reading, scalar: YamlScalar, text = scalar.text): PortRange | undefined {
  const numeral = numeralOf(reading, scalar, text);
  if (numeral === undefined) return undefined;
  const range = parsePortRange(numeral);
  if (range === undefined)
    report(
      reading,
      scalar.span,
      `expected a port from 1 to 65535 or a range such as 8000-8100, not "${text}"`,
    );
  return range;
}

/** A prefix without host bits; a bare address is a host. `also` are words the key takes beside prefixes. */
export function prefixOf(
  reading: Reading,
  scalar: YamlScalar,
  text = scalar.text,
  also: readonly string[] = [],
): Prefix | undefined {
  const length = text.split('/')[1];
  if (length !== undefined && numeralOf(reading, scalar, length) === undefined) return undefined;
  const prefix = parsePrefix(text);
  if (prefix === undefined) {
    report(reading, scalar.span, `expected an address or prefix, not "${text}"`, nearest(text, also));
    return undefined;
  }
  if (hasHostBits(prefix)) {
    const sign = text === scalar.text ? '' : '!';
    report(reading, scalar.span, `${text} has host bits`, sign + formatPrefix(networkOf(prefix)));
    return undefined;
  }
  return prefix;
}

/** An address one host can have. `also` are words the key takes beside addresses. */
export function hostAddressOf(
  reading: Reading,
  scalar: YamlScalar,
  also: readonly string[] = [],
): LocatedAddress | undefined {
  const parsed = parseAddress(scalar.text);
  if (parsed === undefined) {
    const expected = alternatives(['an address', ...also]);
    report(reading, scalar.span, `expected ${expected}, not "${scalar.text}"`, nearest(scalar.text, also));
    return undefined;
  }
  if (isHostAddress(parsed)) return parsed;
  report(reading, scalar.span, `${scalar.text} is no address of a host`);
  return undefined;
}

/** What is said of an address in a profile whose `families` leave out its family, with the cure. */
export function lacksFamily(what: string, family: Family): string {
  return `${what} is ${family}, but the WAN is not; it would be with families: both`;
}

/** Neither unspecified, loopback nor multicast. */
export function isHostAddress({ family, address }: LocatedAddress): boolean {
  const number = addressNumber(address);
  if (family === 'ipv6') return number > 1n && number >> 120n !== 0xffn;
  const first = number >> 24n;
  return first !== 0n && first !== 127n && first < 224n;
}
