import { isForRouter } from '../config/for-router.ts';
import { PORT_PROTOCOLS, PROTOCOLS } from '../config/schema/steering-schema.ts';
import type { Matching, Site, SteeringMatch, SteeringRule } from '../config/site.ts';
import type { Family } from '../net/family.ts';
import { isNamed } from '../net/interface-pattern.ts';
import type { PortRange } from '../net/port-range.ts';
import { formatPrefix, type Prefix } from '../net/prefix.ts';
import { type Flow, matches, steeringRuleOf } from './flow.ts';
import { type FlowKinds, flowKinds, type HostKinds, unique } from './flow-kinds.ts';
import type { NetworkPool } from './network-pool.ts';

/** What the lab has of its own to make flows from. */
export interface Surroundings {
  readonly families: readonly Family[];
  /** Inside interfaces with their plain names. */
  readonly lans: readonly string[];
  /** An inside host of the lab's own and an outside one, per family. */
  readonly inside: (lan: string, family: Family) => string;
  readonly outside: Readonly<Record<Family, string>>;
}

/** Finds flows of one family that stand for what the rules of a site tell apart. */
export interface FlowFinder {
  /** A flow that this rule, and no earlier one, takes; undefined when the search finds none. */
  readonly forRule: (rule: SteeringRule) => Flow | undefined;
  /** A flow from inside, or of the router's own, that no rule takes. */
  readonly unsteered: (from: 'lan' | 'router') => Flow | undefined;
}

/** Far enough for any site a person writes; a bound so that no site makes the search endless. */
const MAX_CANDIDATES = 200_000;

/** IPComp, which no rule can name. */
const OTHER_PROTOCOL = 'comp';

/** The lab can send the first three, so these are tried first. */
const ALL_PROTOCOLS: readonly string[] = unique(['tcp', 'udp', 'icmp', ...PROTOCOLS, OTHER_PROTOCOL]);

interface Ground {
  readonly site: Site;
  readonly family: Family;
  readonly around: Surroundings;
  readonly kinds: FlowKinds;
}

export function flowFinder(
  site: Site,
  family: Family,
  around: Surroundings,
  pool: Pick<NetworkPool, 'takeHost'>,
): FlowFinder {
  const all = site.steering.map((rule) => rule.match);
  const kinds = flowKinds(all, family, pool);
  const ground: Ground = { site, family, around, kinds };
  return {
    forRule: (rule) => search(ground, rule.match, rule),
    unsteered: (from) =>
      search(ground, from === 'lan' ? {} : { in: { values: ['router'], negated: false } }, undefined),
  };
}

/** A flow that matches, and that `taker` is the first rule to take; without a taker, one that no rule takes. */
function search(ground: Ground, match: SteeringMatch, taker: SteeringRule | undefined): Flow | undefined {
  const { steering } = ground.site;
  let left = MAX_CANDIDATES;
  for (const flow of candidates(ground, match)) {
    left -= 1;
    if (left === 0) return undefined;
    if (matches(match, flow) && steeringRuleOf(steering, flow) === taker)
      return withoutIdlePort(steering, flow);
  }
  return undefined;
}

/** Where no rule looks at source ports, each connection may have its own. */
function withoutIdlePort(steering: readonly SteeringRule[], flow: Flow): Flow {
  if (steering.some((rule) => rule.match.sourcePort !== undefined)) return flow;
  const { sourcePort: _idle, ...rest } = flow;
  return rest;
}

function* candidates({ family, around, kinds }: Ground, match: SteeringMatch): Generator<Flow> {
  const toRouter = isForRouter(match);
  const entries = toRouter ? ['router'] : around.lans.filter((lan) => entryFits(match, lan));
  const destinations = addresses(kinds.destinations, match.destination, [around.outside[family]]);
  for (const entry of entries) {
    const sources = toRouter
      ? routerSources(kinds, match)
      : addresses(kinds.sources, match.source, [around.inside(entry, family)]);
    for (const protocol of protocols(match.protocol))
      for (const source of sources)
        for (const destination of destinations)
          for (const rest of details(kinds, match, protocol, toRouter))
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

/** Ports, MAC, DSCP and uid: what this rule asks for, else the lab's own and then what others ask for. */
function* details(
  kinds: FlowKinds,
  match: SteeringMatch,
  protocol: string,
  toRouter: boolean,
): Generator<Partial<Flow>> {
  const hasPorts = PORT_PROTOCOLS.includes(protocol);
  const sourcePorts = ports(kinds.sourcePorts, match.sourcePort);
  const destinationPorts = ports(kinds.destinationPorts, match.destinationPort);
  for (const mac of toRouter ? [undefined] : values(kinds.macs, match.mac))
    for (const dscp of values(kinds.dscps, match.dscp))
      for (const uid of toRouter ? values(kinds.uids, match.uid) : [undefined])
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

/** The values a rule asks for; undefined where it takes any, or any but some. */
function asked<T>(own: Matching<T> | undefined): readonly T[] | undefined {
  return own === undefined || own.negated ? undefined : own.values;
}

function protocols(own: Matching<string> | undefined): readonly string[] {
  return asked(own) ?? ALL_PROTOCOLS.filter((protocol) => own?.values.includes(protocol) !== true);
}

function values<T>(kinds: readonly T[], own: Matching<NonNullable<T>> | undefined): readonly T[] {
  return asked(own) ?? kinds;
}

function ports(kinds: readonly number[], own: Matching<PortRange> | undefined): readonly number[] {
  const ends = asked(own)?.flatMap(({ from, to }) => [from, to]) ?? [];
  return unique([...ends, ...kinds]);
}

function addresses(
  kinds: HostKinds,
  own: Matching<Prefix> | undefined,
  usual: readonly string[],
): readonly string[] {
  const inside = asked(own)?.flatMap((prefix) => kinds.within.get(formatPrefix(prefix)) ?? []) ?? [];
  return unique([...inside, ...usual, ...kinds.all]);
}

function routerSources({ routerSources: kinds }: FlowKinds, match: SteeringMatch) {
  return kinds === undefined ? [undefined] : addresses(kinds, match.source, []);
}
