import { MAIN_TABLE, type NextHop, type Route, type RouteType } from '../kernel/routing.ts';
import type { Family } from '../net/family.ts';
import { formatWord } from '../net/mark.ts';
import { everything, type Prefix, parsePrefix } from '../net/prefix.ts';
import { tosNumber } from './ip-names.ts';
import {
  asNumber,
  asObject,
  asObjects,
  asString,
  asStrings,
  defined,
  type JsonObject,
} from './json-value.ts';
import { realms } from './realms.ts';

/** RTN_* by number, as `ip -N` prints them; without -N it prints the names. */
const TYPES: readonly (RouteType | undefined)[] = [
  undefined,
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
];

/** RTPROT_BOOT: what `ip route add` writes when no protocol is named, and what the listing leaves out. */
const DEFAULT_PROTOCOL = 3;

/**
 * What became a field of the route. `expires` counts down, so that no two listings would be equal; `nh_info` (-d) repeats
 * the route's own hops.
 */
const MODELLED = new Set(
  'type dst gateway via dev table protocol scope prefsrc metric flags nexthops expires nh_info'.split(' '),
);

/**
 * Reads `ip -N -j -4 route show table all` or `-6`; entries without a readable destination are left out. A listing of
 * the routes of one `protocol` does not say it with each.
 */
export function readRoutes(family: Family, json: unknown, protocol = DEFAULT_PROTOCOL): readonly Route[] {
  const destinations = new Map<unknown, Prefix | undefined>();
  return asObjects(json).flatMap((entry) => {
    const { dst } = entry;
    // Every interface has a route to fe80::/64, and one to ff00::/8.
    if (!destinations.has(dst)) destinations.set(dst, readDestination(family, dst));
    const destination = destinations.get(dst);
    return destination === undefined ? [] : [readRoute(family, entry, destination, protocol)];
  });
}

function readRoute(family: Family, entry: JsonObject, destination: Prefix, protocol: number): Route {
  const type = readType(entry.type);
  return defined({
    family,
    table: asNumber(entry.table) ?? MAIN_TABLE,
    type,
    destination,
    metric: asNumber(entry.metric) ?? 0,
    protocol: asNumber(entry.protocol) ?? protocol,
    scope: asNumber(entry.scope),
    source: asString(entry.prefsrc),
    hops: readHops(type, entry),
    attributes: readAttributes(entry),
  });
}

function readDestination(family: Family, json: unknown): Prefix | undefined {
  const text = asString(json);
  if (text !== 'default') return parsePrefix(text ?? '');
  return everything(family);
}

function readType(json: unknown): RouteType {
  const number = asNumber(json);
  if (number !== undefined) return TYPES[number] ?? 'unicast';
  return TYPES.find((type) => type !== undefined && type === json) ?? 'unicast';
}

/** An IPv6 route that goes nowhere is listed with `dev lo`, an IPv4 one without: both have no hop. */
function readHops(type: RouteType, entry: JsonObject): readonly NextHop[] {
  if (type === 'unreachable' || type === 'blackhole' || type === 'prohibit' || type === 'throw') return [];
  const hops = asObjects(entry.nexthops);
  return (hops.length > 0 ? hops : [entry]).map(readHop);
}

function readHop(entry: JsonObject): NextHop {
  const flags = asStrings(entry.flags);
  const shown = flags.filter((flag) => flag !== 'onlink');
  return defined({
    gateway: asString(entry.gateway) ?? asString(asObject(entry.via)?.host),
    device: asString(entry.dev),
    weight: asNumber(entry.weight),
    onlink: flags.includes('onlink') ? true : undefined,
    flags: shown.length > 0 ? shown : undefined,
  });
}

function readAttributes(entry: JsonObject): string | undefined {
  const words: string[] = [];
  for (const key in entry) if (!MODELLED.has(key)) words.push(...attributeWords(key, entry[key]));
  return words.length > 0 ? words.join(' ') : undefined;
}

function attributeWords(key: string, value: unknown): readonly string[] {
  if (key === 'metrics') return metricWords(value);
  if (key === 'flow') return flowWords(value);
  // Every IPv6 route's default says nothing.
  return key === 'pref' && value === 'medium' ? [] : [word(key, value)];
}

function metricWords(json: unknown): readonly string[] {
  return asObjects(json).flatMap((metrics) =>
    Object.entries(metrics).map(([key, value]) => metricWord(key, value)),
  );
}

/** Metrics that `ip -j` gives in milliseconds; a number without a unit means something else to `ip route`. */
const TIMES: ReadonlySet<string> = new Set(['rtt', 'rttvar', 'rto_min']);

/** A metric as `ip route` takes it: some have other names in `ip -j`. */
function metricWord(key: string, value: unknown): string {
  if (key === 'ecn') return 'features ecn';
  if (TIMES.has(key)) return `${key} ${value}ms`;
  return word(key === 'congestion' ? 'congctl' : key, value);
}

function flowWords(json: unknown): readonly string[] {
  const { from, to } = asObject(json) ?? {};
  const found = realms(from, to);
  return found === undefined ? [] : [`realms ${found}`];
}

function word(key: string, value: unknown): string {
  if (value === null) return key;
  const tos = key === 'tos' ? tosNumber(value) : undefined;
  if (tos !== undefined) return `tos ${formatWord(tos)}`;
  return `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
