import type { IpSet } from '../kernel/netfilter.ts';
import { symbolNumber } from '../kernel/symbol.ts';
import { networkStretch } from './operand.ts';
import { contains, type Ranges } from './ranges.ts';
import { addressPoint, type Domain, type Point } from './term.ts';

/** What one part of an ipset's key reads: `ip`, `net`, `port`, `iface`, `mac`, `mark`. */
export type IpsetPart = 'ip' | 'net' | 'port' | 'iface' | 'mac' | 'mark';

export interface IpsetIndex {
  readonly parts: readonly IpsetPart[];
  readonly find: (points: readonly Point[]) => IpsetEntry | undefined;
  readonly entries: readonly IpsetEntry[];
  /** Members of a `list:set`. */
  readonly members: readonly string[];
  readonly partial: boolean;
}

export interface IpsetEntry {
  readonly ranges: readonly Ranges[];
  readonly nomatch: boolean;
  /** Sum of prefix lengths: the longest one decides. */
  readonly length: number;
  readonly mark?: { readonly value: number; readonly mask: number };
}

const PARTS: ReadonlySet<string> = new Set(['ip', 'net', 'port', 'iface', 'mac', 'mark']);

export function indexIpset(set: IpSet): IpsetIndex {
  const [method = '', type = ''] = set.type.split(':');
  const parts = type.split(',').filter((part): part is IpsetPart => PARTS.has(part));
  if (method === 'list')
    return { parts, find: () => undefined, entries: [], members: memberNames(set), partial: false };
  const domain: Domain = /\bfamily inet6\b/.test(set.options) ? 'ipv6' : 'ipv4';
  const exact = new Map<string, IpsetEntry>();
  const wide: IpsetEntry[] = [];
  const entries: IpsetEntry[] = [];
  let partial = parts.length === 0;
  for (const text of set.elements) {
    const entry = readEntry(text, parts, domain);
    if (entry === undefined) {
      partial = true;
      continue;
    }
    entries.push(entry);
    const key = keyOfEntry(entry);
    if (key === undefined) wide.push(entry);
    else exact.set(key, entry);
  }
  const lookup = parts.length === 1 ? byNetwork(wide) : oneByOne(wide);
  const find = (points: readonly Point[]) => {
    const entry = exact.get(points.join('\u0000')) ?? lookup(points);
    return entry === undefined || entry.nomatch ? undefined : entry;
  };
  return { parts, find, entries, members: [], partial };
}

function memberNames(set: IpSet): readonly string[] {
  return set.elements.map((element) => element.split(' ')[0] ?? '');
}

function keyOfEntry({ ranges }: IpsetEntry): string | undefined {
  const points = ranges.map((one) => (one[0] === one[1] && one.length === 2 ? one[0] : undefined));
  return points.includes(undefined) ? undefined : points.join('\u0000');
}

/** The longest network that holds the address decides, `nomatch` or not. */
function byNetwork(wide: readonly IpsetEntry[]) {
  const byLength = new Map<number, Map<Point, IpsetEntry>>();
  const others: IpsetEntry[] = [];
  for (const entry of wide) {
    const first = entry.ranges[0]?.[0];
    if (first === undefined || entry.length < 0) {
      others.push(entry);
      continue;
    }
    const networks = byLength.get(entry.length) ?? new Map<Point, IpsetEntry>();
    byLength.set(entry.length, networks.set(first, entry));
  }
  const lengths = [...byLength.keys()].sort((a, b) => b - a);
  return ([point]: readonly Point[]): IpsetEntry | undefined => {
    if (point === undefined) return undefined;
    for (const length of lengths) {
      const found = byLength.get(length)?.get(networkStretch(point, length)[0]);
      if (found !== undefined) return found;
    }
    return others.find((entry) => contains(entry.ranges[0] ?? [], point));
  };
}

function oneByOne(wide: readonly IpsetEntry[]) {
  const longestFirst = [...wide].sort((a, b) => b.length - a.length);
  return (points: readonly Point[]): IpsetEntry | undefined =>
    longestFirst.find((entry) => entry.ranges.every((ranges, at) => contains(ranges, points[at] ?? '')));
}

function readEntry(text: string, parts: readonly IpsetPart[], domain: Domain): IpsetEntry | undefined {
  const [key = '', ...options] = text.split(' ');
  const words = key.split(',');
  if (words.length !== parts.length) return undefined;
  const ranges: Ranges[] = [];
  let length = 0;
  for (const [at, part] of parts.entries()) {
    const read = readPart(words[at] ?? '', part, domain);
    if (read === undefined) return undefined;
    ranges.push(read.ranges);
    length = read.length < 0 ? -1 : length + read.length;
  }
  const mark = options[options.indexOf('skbmark') + 1];
  const [value, mask = '0xffffffff'] = (options.includes('skbmark') ? (mark ?? '') : '').split('/');
  return {
    ranges,
    nomatch: options.includes('nomatch'),
    length,
    ...(value === undefined || value === '' ? {} : { mark: { value: Number(value), mask: Number(mask) } }),
  };
}

function readPart(
  text: string,
  part: IpsetPart,
  domain: Domain,
): { readonly ranges: Ranges; readonly length: number } | undefined {
  if (part === 'iface' || part === 'mac')
    return { ranges: [text.toLowerCase(), text.toLowerCase()], length: 0 };
  if (part === 'mark') return { ranges: [Number(text), Number(text)], length: 0 };
  if (part === 'port') return readPort(text);
  const [from = '', to] = text.split('-');
  const [host = '', bits] = from.split('/');
  const first = addressPoint(host, domain);
  const last = to === undefined ? undefined : addressPoint(to, domain);
  if (first === undefined || (to !== undefined && last === undefined)) return undefined;
  if (last !== undefined) return { ranges: [first, last], length: -1 };
  const length = bits === undefined ? (domain === 'ipv4' ? 32 : 128) : Number(bits);
  return { ranges: networkStretch(first, length), length };
}

/** Ports are kept with their protocol in the upper half: `udp:53` is 17·65536 + 53. Bare ports are tcp. */
function readPort(text: string): { readonly ranges: Ranges; readonly length: number } | undefined {
  const [first = '', second] = text.split(':');
  const protocol = second === undefined ? 6 : symbolNumber('inet_proto', first);
  const [from, to] = (second ?? first).split('-').map(Number);
  if (protocol === undefined || from === undefined || Number.isNaN(from)) return undefined;
  return { ranges: [protocol * 65536 + from, protocol * 65536 + (to ?? from)], length: 0 };
}
