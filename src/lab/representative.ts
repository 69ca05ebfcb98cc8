import { isForRouter } from '../config/for-router.ts';
import type { Matching, Site, SteeringMatch, SteeringRule } from '../config/site.ts';
import { addressBits, type Family } from '../net/family.ts';
import { isNamed } from '../net/interface-pattern.ts';
import type { PortRange } from '../net/port-range.ts';
import { addressFromNumber, type Prefix, prefixContains, prefixRange } from '../net/prefix.ts';
import { type Flow, matches, steeringRuleOf } from './flow.ts';
import { hostOf } from './network-pool.ts';

/** What the lab has of its own to make flows from. */
export interface Surroundings {
  readonly families: readonly Family[];
  /** Inside interfaces with their plain names. */
  readonly lans: readonly string[];
  /** An inside host of the lab's own and an outside one, per family. */
  readonly inside: (lan: string, family: Family) => string;
  readonly outside: Readonly<Record<Family, string>>;
}

/** A client that no site names: locally administered, and not from the range for documentation. */
export const OTHER_MAC = '02:00:00:00:fe:01';

/** Far enough for any site a person writes; a bound so that no site makes the search endless. */
const MAX_CANDIDATES = 200_000;

/** A flow that this rule, and no earlier one, takes; undefined when the search finds none. */
export function representativeFlow(
  site: Site,
  rule: SteeringRule,
  family: Family,
  around: Surroundings,
): Flow | undefined {
  return search(site, family, around, rule.match, (flow) => steeringRuleOf(site.steering, flow) === rule);
}

/** A flow from inside, or of the router's own, that no rule takes. */
export function unsteeredFlow(
  site: Site,
  family: Family,
  around: Surroundings,
  from: 'lan' | 'router',
): Flow | undefined {
  const match: SteeringMatch = from === 'lan' ? {} : { in: { values: ['router'], negated: false } };
  return search(site, family, around, match, (flow) => steeringRuleOf(site.steering, flow) === undefined);
}

function search(
  site: Site,
  family: Family,
  around: Surroundings,
  match: SteeringMatch,
  wanted: (flow: Flow) => boolean,
): Flow | undefined {
  let left = MAX_CANDIDATES;
  for (const flow of candidates(site, family, around, match)) {
    left -= 1;
    if (left === 0) return undefined;
    if (matches(match, flow) && wanted(flow)) return withoutIdlePort(site, flow);
  }
  return undefined;
}

/** Where no rule looks at source ports, each connection may have its own. */
function withoutIdlePort(site: Site, flow: Flow): Flow {
  if (site.steering.some((rule) => rule.match.sourcePort !== undefined)) return flow;
  const { sourcePort: _idle, ...rest } = flow;
  return rest;
}

function* candidates(
  site: Site,
  family: Family,
  around: Surroundings,
  match: SteeringMatch,
): Generator<Flow> {
  const all = site.steering.map((rule) => rule.match);
  const toRouter = isForRouter(match);
  const entries = toRouter ? ['router'] : around.lans.filter((lan) => entryFits(match, lan));
  const destinations = addresses(
    all.map((one) => one.destination),
    match.destination,
    around.outside[family],
  );
  for (const entry of entries) {
    const named = all.map((one) => one.source);
    const sources = toRouter ? [undefined] : addresses(named, match.source, around.inside(entry, family));
    for (const protocol of words(match.protocol, ['tcp', 'udp', 'icmp']))
      for (const source of sources)
        for (const destination of destinations)
          for (const rest of details(all, match, protocol, toRouter))
            yield {
              family,
              in: entry,
              destination,
              protocol,
              ...(source === undefined ? {} : { source }),
              ...rest,
            };
  }
}

function entryFits(match: SteeringMatch, lan: string): boolean {
  if (match.in === undefined) return true;
  return match.in.values.some((pattern) => isNamed(pattern, lan)) !== match.in.negated;
}

/** Ports, MAC, DSCP and uid: what this rule asks for first, then the lab's own, then what others ask for. */
function* details(
  all: readonly SteeringMatch[],
  match: SteeringMatch,
  protocol: string,
  toRouter: boolean,
): Generator<Partial<Flow>> {
  const hasPorts = protocol === 'tcp' || protocol === 'udp';
  const sourcePorts = ports(
    all.map((one) => one.sourcePort),
    match.sourcePort,
    22_000,
  );
  const destinationPorts = ports(
    all.map((one) => one.destinationPort),
    match.destinationPort,
    443,
  );
  const macs = toRouter
    ? [undefined]
    : values(
        all.map((one) => one.mac),
        match.mac,
        // A client's own MAC is as good as none, unless a rule takes all but some.
        all.some((one) => one.mac?.negated === true) ? OTHER_MAC : undefined,
      );
  const dscps = values(
    all.map((one) => one.dscp),
    match.dscp,
    0,
  );
  const uids = toRouter
    ? values(
        all.map((one) => one.uid),
        match.uid,
        0,
      )
    : [undefined];
  for (const mac of macs)
    for (const dscp of dscps)
      for (const uid of uids)
        for (const destinationPort of hasPorts ? destinationPorts : [undefined])
          for (const sourcePort of hasPorts ? sourcePorts : [undefined])
            yield {
              dscp,
              ...(mac === undefined ? {} : { mac }),
              ...(uid === undefined ? {} : { uid }),
              ...(destinationPort === undefined ? {} : { destinationPort }),
              ...(sourcePort === undefined ? {} : { sourcePort }),
            };
}

function words(matching: Matching<string> | undefined, fallback: readonly string[]): readonly string[] {
  if (matching === undefined || matching.negated)
    return fallback.filter((word) => matching?.values.includes(word) !== true);
  return matching.values;
}

/** A default that is free of every rule comes first unless the rule asks for a value. */
function values<T>(
  all: readonly (Matching<T> | undefined)[],
  own: Matching<T> | undefined,
  fallback: T,
): readonly T[] {
  const others = all.flatMap((matching) => matching?.values ?? []);
  return own !== undefined && !own.negated ? own.values : unique([fallback, ...others]);
}

function ports(
  all: readonly (Matching<PortRange> | undefined)[],
  own: Matching<PortRange> | undefined,
  fallback: number,
): readonly number[] {
  const edges = all.flatMap((matching) => matching?.values ?? []).flatMap(edgesOfRange);
  const asked =
    own !== undefined && !own.negated ? own.values.flatMap((range) => [range.from, range.to]) : [];
  return unique([...asked, fallback, ...edges]).filter((port) => port >= 1 && port <= 65_535);
}

function edgesOfRange(range: PortRange): readonly number[] {
  return [range.from, range.to, range.from - 1, range.to + 1];
}

/** Hosts in and just beside every prefix named, so that one rule's prefix inside another's can be told apart. */
function addresses(
  all: readonly (Matching<Prefix> | undefined)[],
  own: Matching<Prefix> | undefined,
  fallback: string,
): readonly string[] {
  const family: Family = fallback.includes(':') ? 'ipv6' : 'ipv4';
  const named = all
    .flatMap((matching) => matching?.values ?? [])
    .filter((prefix) => prefix.family === family);
  const within = named.flatMap((prefix) => [...hostsOf(prefix), ...besides(prefix, named)]);
  const asked = own !== undefined && !own.negated ? own.values.filter((one) => one.family === family) : [];
  return unique([...asked.flatMap(hostsOf), fallback, ...within]);
}

function hostsOf(prefix: Prefix): readonly string[] {
  return unique([hostOf(prefix, 10), hostOf(prefix, -6), hostOf(prefix, 2)]);
}

/** The addresses before and behind a prefix, where a wider named one holds them. */
function besides(prefix: Prefix, named: readonly Prefix[]): readonly string[] {
  const { first, last } = prefixRange(prefix);
  const length = addressBits(prefix.family);
  return [first - 2n, last + 2n]
    .filter((number) => number > 0n && number < 1n << BigInt(length))
    .map((number) => addressFromNumber(prefix.family, number))
    .filter((address) =>
      named.some((wider) => prefixContains(wider, { family: prefix.family, address, length })),
    );
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
