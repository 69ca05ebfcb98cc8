import { parseAddress } from '../net/prefix.ts';
import type { Ranges } from './ranges.ts';

/** A known value: IPv4 addresses and numbers as numbers, IPv6 addresses as 32 hex digits, names as text. */
export type Point = number | string;

export type Domain = 'ipv4' | 'ipv6' | 'text' | 'u6' | 'u8' | 'u16' | 'u32';

/** A value that is not known; what is known about it stands in the path's assumptions under its id. */
export interface Variable {
  readonly kind: 'variable';
  readonly id: string;
  readonly domain: Domain;
  /** Values it can have at all; absent: the whole domain. */
  readonly universe?: Ranges;
  /** Every value is as likely as any other (numgen, jhash): a fork on it has weights. */
  readonly uniform?: true;
}

/** A mark of which only some bits are known. Words of the same origin have the same unknown bits. */
export interface PartialWord {
  readonly kind: 'word';
  readonly value: number;
  /** The bits that are not known; they are 0 in `value`. */
  readonly unknown: number;
  readonly origin: string;
}

export type Mark = number | PartialWord;

/** Nothing can be said of it; asked again of the same packet it is the same. `lasting`: of any packet of the flow. */
export interface Undecidable {
  readonly kind: 'undecidable';
  readonly text: string;
  readonly lasting?: true;
}

export type Term = Point | Variable | PartialWord | Undecidable;

export function isPoint(term: Term): term is Point {
  return typeof term !== 'object';
}

export function undecidable(text: string): Undecidable {
  return { kind: 'undecidable', text };
}

/** Whose text names all that it depends on. */
export function lastingUndecidable(text: string): Undecidable {
  return { kind: 'undecidable', text, lasting: true };
}

/** Equal for terms that certainly have the same value in one path. */
export function termKey(term: Term): string {
  if (typeof term === 'number') return String(term);
  if (typeof term === 'string') return `"${term}`;
  switch (term.kind) {
    case 'variable':
      return `?${term.id}`;
    case 'word':
      return `~${term.value}/${term.unknown}/${term.origin}`;
    case 'undecidable':
      return `!${term.text}`;
  }
}

const MAX: Readonly<Record<Exclude<Domain, 'text'>, Point>> = {
  ipv4: 0xffffffff,
  ipv6: 'f'.repeat(32),
  u6: 0x3f,
  u8: 0xff,
  u16: 0xffff,
  u32: 0xffffffff,
};

export function firstOf(domain: Domain): Point {
  return domain === 'ipv6' ? '0'.repeat(32) : 0;
}

export function lastOf(domain: Domain): Point {
  return domain === 'text' ? '' : MAX[domain];
}

/** An address as a point; undefined when it is none of this family. */
export function addressPoint(text: string, domain: Domain): Point | undefined {
  return domain === 'ipv4' ? ipv4Point(text) : domain === 'ipv6' ? ipv6Point(text) : undefined;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** Without a regular expression or a bigint: big rulesets are lists of addresses. */
function ipv4Point(text: string): number | undefined {
  let word = 0;
  let part = 0;
  let digits = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0) return undefined;
      word = word * 256 + part;
      part = 0;
      digits = 0;
      parts += 1;
    } else {
      if (code < ZERO || code > ZERO + 9) return undefined;
      part = part * 10 + code - ZERO;
      digits += 1;
      if (part > 255) return undefined;
    }
  }
  return parts === 3 && digits > 0 ? word * 256 + part : undefined;
}

function ipv6Point(text: string): string | undefined {
  if (!text.includes(':')) return undefined;
  const parsed = text.includes('.') || /[^0-9a-f:]/.test(text) ? parseAddress(text)?.address : text;
  if (parsed === undefined) return undefined;
  const [head = '', tail] = parsed.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  if (left.length + right.length + zeros !== 8 || zeros < 0) return undefined;
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
    .map((group) => group.padStart(4, '0'))
    .join('');
}

/** The canonical text of an address point. */
export function formatPoint(point: Point, domain: Domain): string {
  if (domain === 'ipv4' && typeof point === 'number')
    return `${point >>> 24}.${(point >>> 16) & 255}.${(point >>> 8) & 255}.${point & 255}`;
  if (domain === 'ipv6' && typeof point === 'string') {
    const groups = point.match(/.{4}/g) ?? [];
    return parseAddress(groups.join(':'))?.address ?? point;
  }
  return String(point);
}
