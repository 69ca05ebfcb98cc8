import type { Route } from '../kernel/routing.ts';
import type { Diagnostic } from '../net/diagnostic.ts';
import type { Family } from '../net/family.ts';
import { parsePrefix } from '../net/prefix.ts';
import { type TableNames, withNumbers } from './ip-names.ts';
import { readRoutes } from './ip-route-json.ts';
import { fallbackFamily, routeFamily } from './route-family.ts';
import { type TextLine, textLines } from './text-lines.ts';

const TYPES: ReadonlySet<string> = new Set(
  'unicast local broadcast anycast multicast blackhole unreachable prohibit throw'.split(' '),
);

/** RTN_* of the types that `ip -N` prints by number before the destination. */
const TYPE_NUMBER = /^[1-9]$/;

const FLAGS: ReadonlySet<string> = new Set(
  'onlink linkdown dead pervasive offload rt_offload trap rt_trap unresolved notify offload_failed'.split(
    ' ',
  ),
);

/** Words whose next word is their value; by the name `ip -j` has for it. */
const VALUES: Readonly<Record<string, string>> = {
  dev: 'dev',
  table: 'table',
  proto: 'protocol',
  protocol: 'protocol',
  scope: 'scope',
  src: 'prefsrc',
  from: 'from',
  metric: 'metric',
  weight: 'weight',
  tos: 'tos',
  dsfield: 'tos',
  pref: 'pref',
  expires: 'expires',
  nhid: 'nhid',
  realm: 'realms',
  realms: 'realms',
  error: 'error',
};

type Entry = Record<string, unknown>;

/**
 * Reads what `ip route show table all` prints, with or without -d, -N and -o: each route as `ip -j` has it. `family` is of
 * routes that do not say theirs.
 */
export function readRouteText(
  family: Family,
  text: string,
  file: string,
  names: TableNames,
): { readonly routes: readonly Route[]; readonly problems: readonly Diagnostic[] } {
  const fallback = fallbackFamily(text, family);
  const routes: Route[] = [];
  const problems: Diagnostic[] = [];
  for (const { line, start, end } of joinHops(text)) {
    const span = { file, start, end };
    const entry = readEntry(line.split(/[\s\\]+/));
    const read =
      entry === undefined ? [] : readRoutes(routeFamily(entry, fallback), withNumbers([entry], names));
    if (read.length === 0) problems.push({ message: "this is no line of 'ip route'", span });
    for (const route of read) routes.push({ ...route, span });
  }
  return { routes, problems };
}

/** The hops of a multipath route stand on lines of their own below it; with -d, so does what its nexthop object is. */
function joinHops(text: string): readonly TextLine[] {
  const joined: TextLine[] = [];
  for (const one of textLines(text)) {
    const above = joined.at(-1);
    if (above !== undefined && /^(?:nexthop|nh_info) /.test(one.line))
      joined[joined.length - 1] = { ...above, line: `${above.line} ${one.line}`, end: one.end };
    else joined.push(one);
  }
  return joined;
}

function readEntry(words: readonly string[]): Entry | undefined {
  let at = 0;
  const entry: Entry = {};
  const first = words[at] ?? '';
  if (TYPES.has(first) || (TYPE_NUMBER.test(first) && words.length > 1)) {
    entry.type = first;
    at += 1;
  }
  entry.dst = words[at];
  if (entry.dst !== 'default' && parsePrefix(String(entry.dst)) === undefined) return undefined;
  let into = entry;
  for (at += 1; at < words.length; ) {
    // What a nexthop object is (-d) repeats the route's own hops.
    if (words[at] === 'nh_info') at = nextHopAfter(words, at);
    else if (words[at] === 'nexthop') {
      into = {};
      entry.nexthops = [...(Array.isArray(entry.nexthops) ? entry.nexthops : []), into];
      at += 1;
    } else at += takeWord(into, words, at);
  }
  return entry;
}

function nextHopAfter(words: readonly string[], at: number): number {
  const hop = words.indexOf('nexthop', at);
  return hop === -1 ? words.length : hop;
}

/** Puts what a word says into the entry; how many words it took. */
function takeWord(entry: Entry, words: readonly string[], at: number): number {
  const word = words[at] ?? '';
  const next = words[at + 1];
  const name = VALUES[word];
  if (word === '') return 1;
  if (FLAGS.has(word)) entry.flags = [...(Array.isArray(entry.flags) ? entry.flags : []), word];
  else if (word === 'via') return takeVia(entry, words, at);
  else if (name !== undefined) {
    entry[name] = next;
    return 2;
  } else return takeMetric(entry, words, at);
  return 1;
}

function takeVia(entry: Entry, words: readonly string[], at: number): number {
  const next = words[at + 1];
  if (next !== 'inet' && next !== 'inet6') {
    entry.gateway = next;
    return 2;
  }
  entry.via = { family: next, host: words[at + 2] };
  return 3;
}

/** `mtu lock 1400`, `rto_min lock 20ms`, `initcwnd 10`: every other word has its value behind it. */
function takeMetric(entry: Entry, words: readonly string[], at: number): number {
  const word = words[at] ?? '';
  const skipped = words[at + 1] === 'lock' ? 1 : 0;
  const value = words[at + 1 + skipped];
  const number = value === undefined ? undefined : /^(\d+)(?:ms)?$/.exec(value)?.[1];
  entry.metrics = [
    {
      ...metricsOf(entry),
      [word]: number === undefined ? (value ?? null) : Number(number),
    },
  ];
  return 2 + skipped;
}

function metricsOf(entry: Entry): Entry {
  return Array.isArray(entry.metrics) ? (entry.metrics[0] as Entry) : {};
}
