import ipaddr from 'ipaddr.js';
import { addressBits, type Family } from './family.ts';

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
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  return { family: 'ipv6', address: ipaddr.IPv6.parse(text).toRFC5952String() };
}

/** Reads `192.0.2.0/24` or a bare address (a host prefix). Host bits are kept: see `hasHostBits`. */
export function parsePrefix(text: string): Prefix | undefined {
  const [host = '', bits, ...rest] = text.split('/');
  const parsed = parseAddress(host);
  if (parsed === undefined || rest.length > 0) return undefined;
  const full = addressBits(parsed.family);
  if (bits === undefined) return { ...parsed, length: full };
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > full) return undefined;
  return { ...parsed, length: Number(bits) };
}

/** `192.0.2.0/24`; a host prefix prints as the bare address. */
export function formatPrefix(prefix: Prefix): string {
  return prefix.length === addressBits(prefix.family) ? prefix.address : `${prefix.address}/${prefix.length}`;
}

/** The address as an unsigned integer of 32 or 128 bits. */
export function addressNumber(address: string): bigint {
  return ipaddr
    .parse(address)
    .toByteArray()
    .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** The canonical text of an unsigned integer address. */
export function addressFromNumber(family: Family, number: bigint): string {
  const bytes: number[] = [];
  for (let shift = addressBits(family) - 8; shift >= 0; shift -= 8)
    bytes.push(Number((number >> BigInt(shift)) & 0xffn));
  const parsed = ipaddr.fromByteArray(bytes);
  return parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString();
}

/** First and last address of the prefix as integers. */
export function prefixRange(prefix: Prefix): { readonly first: bigint; readonly last: bigint } {
  const hostBits = BigInt(addressBits(prefix.family) - prefix.length);
  const first = (addressNumber(prefix.address) >> hostBits) << hostBits;
  return { first, last: first + (1n << hostBits) - 1n };
}

/** The same prefix with its host bits cleared. */
export function networkOf(prefix: Prefix): Prefix {
  return { ...prefix, address: addressFromNumber(prefix.family, prefixRange(prefix).first) };
}

export function hasHostBits(prefix: Prefix): boolean {
  return addressNumber(prefix.address) !== prefixRange(prefix).first;
}

/** Whether `outer` holds every address of `inner`. */
export function prefixContains(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  const range = prefixRange(outer);
  const first = prefixRange(inner).first;
  return first >= range.first && first <= range.last;
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
