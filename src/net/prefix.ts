import { addressBits, type Family } from './family.ts';
import { formatGroups, readGroups } from './ipv6-text.ts';

/** An address prefix; `address` is the canonical text (RFC 5952 for IPv6) and may have host bits when it names a host. */
export interface Prefix {
  readonly family: Family;
  readonly address: string;
  readonly length: number;
}

/** Four decimal bytes without leading zeros: already the canonical text. Rulesets are full of them, so no parser runs. */
const DOTTED_QUAD = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** The canonical text and family of one address, or undefined when it is none. Zone indexes are refused. */
export function parseAddress(
  text: string,
): { readonly family: Family; readonly address: string } | undefined {
  if (DOTTED_QUAD.test(text) && !/(?:^|\.)0\d/.test(text)) return { family: 'ipv4', address: text };
  if (!text.includes(':') || text.includes('%')) return undefined;
  const groups = readGroups(quadInGroups(text));
  return groups && { family: 'ipv6', address: formatGroups(groups) };
}

/** The last 32 bits of an IPv6 address may be written as an IPv4 address (RFC 4291, 2.2). */
function quadInGroups(text: string): string {
  if (!text.includes('.')) return text;
  const start = text.lastIndexOf(':') + 1;
  const quad = text.slice(start);
  if (parseAddress(quad) === undefined) return text;
  const number = ipv4Number(quad);
  return `${text.slice(0, start)}${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`;
}

/** Reads `192.0.2.0/24` or a bare address (a host prefix). Host bits are kept: see `hasHostBits`. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const parsed = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (parsed === undefined) return undefined;
  const { family, address } = parsed;
  const full = addressBits(family);
  if (slash === -1) return { family, address, length: full };
  const bits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > full) return undefined;
  return { family, address, length: Number(bits) };
}

/** The destination of a default route. */
export function everything(family: Family): Prefix {
  return { family, address: family === 'ipv4' ? '0.0.0.0' : '::', length: 0 };
}

/** Whether every address of its family is in it. Packet filters list no condition for it. */
export function isEverything({ length }: Prefix): boolean {
  return length === 0;
}

/** `192.0.2.0/24`; a host prefix prints as the bare address. */
export function formatPrefix(prefix: Prefix): string {
  return prefix.length === addressBits(prefix.family) ? prefix.address : `${prefix.address}/${prefix.length}`;
}

/** The address as an unsigned integer of 32 or 128 bits. */
export function addressNumber(address: string): bigint {
  if (!address.includes(':')) return BigInt(ipv4Number(address));
  return ipv6Groups(address).reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function ipv4Text(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');
}

function ipv6Groups(address: string): readonly number[] {
  return readGroups(quadInGroups(address)) ?? [];
}

/** The canonical text of an unsigned integer address. */
export function addressFromNumber(family: Family, number: bigint): string {
  if (family === 'ipv4') return ipv4Text(Number(number));
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((number >> shift) & 0xffffn));
  return formatGroups(groups);
}

/** First and last address of the prefix as integers. */
export function prefixRange(prefix: Prefix): { readonly first: bigint; readonly last: bigint } {
  const hostBits = BigInt(addressBits(prefix.family) - prefix.length);
  const first = (addressNumber(prefix.address) >> hostBits) << hostBits;
  return { first, last: first + (1n << hostBits) - 1n };
}

/** The fewest prefixes that hold these addresses and no others, in order. */
export function prefixesBetween(family: Family, first: bigint, last: bigint): Prefix[] {
  const prefixes: Prefix[] = [];
  for (let next = first; next <= last; ) {
    let hostBits = 0n;
    const isIn = (bits: bigint) => next % (1n << bits) === 0n && next + (1n << bits) - 1n <= last;
    while (hostBits < BigInt(addressBits(family)) && isIn(hostBits + 1n)) hostBits += 1n;
    const length = addressBits(family) - Number(hostBits);
    prefixes.push({ family, address: addressFromNumber(family, next), length });
    next += 1n << hostBits;
  }
  return prefixes;
}

/** How many leading ones a mask that is written as an address has, when nothing but zeros follows them. */
export function maskLength({ family, address }: Pick<Prefix, 'family' | 'address'>): number | undefined {
  const bits = addressBits(family);
  const zeros = (1n << BigInt(bits)) - 1n - addressNumber(address);
  if ((zeros & (zeros + 1n)) !== 0n) return undefined;
  return zeros === 0n ? bits : bits - zeros.toString(2).length;
}

/** The same prefix with its host bits cleared. */
export function networkOf(prefix: Prefix): Prefix {
  const { family, address, length } = prefix;
  // Nearly all that is met: hosts, and default routes.
  if (length === addressBits(family)) return prefix;
  if (length === 0) return { family, address: family === 'ipv4' ? '0.0.0.0' : '::', length };
  if (family === 'ipv4')
    return { family, address: ipv4Text(firstBits(ipv4Number(address), length, 32)), length };
  return { family, address: formatGroups(firstGroups(ipv6Groups(address), length)), length };
}

function firstGroups(groups: readonly number[], length: number): readonly number[] {
  return groups.map((group, at) => firstBits(group, Math.max(length - 16 * at, 0), 16));
}

/** The first `length` bits of a number of `width` bits, the others cleared. */
function firstBits(number: number, length: number, width: 16 | 32): number {
  return length >= width ? number : number - (number % 2 ** (width - length));
}

export function hasHostBits({ family, address, length }: Prefix): boolean {
  if (family === 'ipv4') return ipv4Number(address) % 2 ** (32 - length) !== 0;
  const groups = ipv6Groups(address);
  return firstGroups(groups, length).some((group, at) => group !== groups[at]);
}

/** Whether `outer` holds every address of `inner`. */
export function prefixContains(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  if (outer.family === 'ipv4')
    return (
      firstBits(ipv4Number(outer.address), outer.length, 32) ===
      firstBits(ipv4Number(inner.address), outer.length, 32)
    );
  if (outer.length === 0) return true;
  const groups = ipv6Groups(inner.address);
  return ipv6Groups(outer.address).every((group, at) => {
    const length = Math.max(outer.length - 16 * at, 0);
    return firstBits(group, length, 16) === firstBits(groups[at] ?? 0, length, 16);
  });
}

/** The fewest prefixes that hold the same addresses: contained ones dropped, sibling halves joined. Sorted. */
export function mergePrefixes(prefixes: readonly Prefix[]): Prefix[] {
  const ordered = prefixes.map(networkOf).sort(comparePrefixes);
  const merged: Prefix[] = [];
  for (const prefix of ordered) {
    const last = merged.at(-1);
    if (last !== undefined && prefixContains(last, prefix)) continue;
    merged.push(prefix);
    joinSiblings(merged);
  }
  return merged;
}

function joinSiblings(merged: Prefix[]): void {
  for (;;) {
    const right = merged.at(-1);
    const left = merged.at(-2);
    if (left === undefined || right === undefined || left.length !== right.length || left.length === 0)
      return;
    const parent = networkOf({ ...left, length: left.length - 1 });
    if (left.address !== parent.address || !prefixContains(parent, right)) return;
    merged.splice(-2, 2, parent);
  }
}

/** IPv4 before IPv6, then by first address, shorter prefixes first. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  if (a.family !== b.family) return a.family < b.family ? -1 : 1;
  const difference = prefixRange(a).first - prefixRange(b).first;
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return a.length - b.length;
}
