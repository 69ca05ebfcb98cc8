import type { IpSet } from '../kernel/netfilter.ts';
import { symbolNumber } from '../kernel/symbol.ts';
import { networkStretch } from './operand.ts';
import { contains, type Ranges } from './ranges.ts';
import { addressPoint, type Domain, type Point } from './term.ts';

/** What one part of an ipset's key reads; `number` is a port of tcp or udp, whichever it is (`bitmap:port`). */
export type IpsetPart = 'ip' | 'net' | 'port' | 'number' | 'iface' | 'mac' | 'mark';

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

/** How the elements of a set are to be read. */
interface Layout {
  readonly parts: readonly IpsetPart[];
  readonly domain: Domain;
  /** Each element stands for its network of that length. */
  readonly netmask?: number;
}

export function indexIpset(set: IpSet): IpsetIndex {
  const [method = ''] = set.type.split(':');
  const layout = layoutOf(set);
  const { parts } = layout;
  if (method === 'list')
    return { parts, find: () => undefined, entries: [], members: memberNames(set), partial: false };
  const exact = new Map<string, IpsetEntry>();
  const wide: IpsetEntry[] = [];
  const entries: IpsetEntry[] = [];
  // Of a mask with holes the elements are no stretches.
  let partial = parts.length === 0 || /\bbitmask\b/.test(set.options);
  for (const text of set.elements) {
    const entry = readEntry(text, layout);
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

function layoutOf({ type, options }: IpSet): Layout {
  const [method, words = ''] = type.split(':');
  const parts = words.split(',').filter((part): part is IpsetPart => PARTS.has(part));
  const netmask = /\bnetmask (\d+)/.exec(options)?.[1];
  return {
    parts: method === 'bitmap' ? parts.map((part) => (part === 'port' ? 'number' : part)) : parts,
    domain: /\bfamily inet6\b/.test(options) ? 'ipv6' : 'ipv4',
    ...(netmask === undefined ? {} : { netmask: Number(netmask) }),
  };
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

function readEntry(text: string, layout: Layout): IpsetEntry | undefined {
  const { parts } = layout;
  const [key = '', ...options] = text.split(' ');
  const words = key.split(',');
  if (words.length !== parts.length) return undefined;
  const ranges: Ranges[] = [];
  let length = 0;
  for (const [at, part] of parts.entries()) {
    const read = readPart(words[at] ?? '', part, layout, options);
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

interface ReadPart {
  readonly ranges: Ranges;
  readonly length: number;
}

function readPart(
  text: string,
  part: IpsetPart,
  layout: Layout,
  options: readonly string[],
): ReadPart | undefined {
  switch (part) {
    case 'iface':
      return readName(text, options.includes('wildcard'));
    case 'mac':
      return readName(text.toLowerCase(), false);
    case 'mark':
      return { ranges: [Number(text), Number(text)], length: 0 };
    case 'port':
      return readPort(text);
    case 'number':
      return readNumber(text);
    default:
      return readAddresses(text, layout);
  }
}

/** A wildcard stands for all names that begin so. */
function readName(text: string, wildcard: boolean): ReadPart {
  return { ranges: [text, wildcard ? `${text}\uffff` : text], length: 0 };
}

function readAddresses(text: string, { domain, netmask }: Layout): ReadPart | undefined {
  const [from = '', to] = text.split('-');
  const [host = '', bits] = from.split('/');
  const first = addressPoint(host, domain);
  const last = to === undefined ? undefined : addressPoint(to, domain);
  if (first === undefined || (to !== undefined && last === undefined)) return undefined;
  const whole = netmask ?? (domain === 'ipv4' ? 32 : 128);
  if (last !== undefined)
    return { ranges: [networkStretch(first, whole)[0], networkStretch(last, whole)[1]], length: -1 };
  const length = Math.min(bits === undefined ? whole : Number(bits), whole);
  return { ranges: networkStretch(first, length), length };
}

/** Ports are kept with their protocol in the upper half: `udp:53` is 17·65536 + 53. Bare ports are tcp. */
function readPort(text: string): ReadPart | undefined {
  const [first = '', second] = text.split(':');
  const protocol = second === undefined ? 6 : symbolNumber('inet_proto', first);
  const [from, to] = (second ?? first).split('-').map(Number);
  if (protocol === undefined || from === undefined || Number.isNaN(from)) return undefined;
  return { ranges: [protocol * 65536 + from, protocol * 65536 + (to ?? from)], length: 0 };
}

function readNumber(text: string): ReadPart | undefined {
  const [from, to] = text.split('-').map(Number);
  if (from === undefined || Number.isNaN(from)) return undefined;
  return { ranges: [from, to ?? from], length: -1 };
}
