import { isForRouter } from '../config/for-router.ts';
import type { Matching, SteeringMatch, SteeringRule } from '../config/site.ts';
import type { Family } from '../net/family.ts';
import { isNamed } from '../net/interface-pattern.ts';
import type { PortRange } from '../net/port-range.ts';
import { type Prefix, parsePrefix, prefixContains } from '../net/prefix.ts';

/** A flow as the lab sends it, with everything a steering rule can look at. */
export interface Flow {
  readonly family: Family;
  /** An inside interface, or `router`. */
  readonly in: string;
  readonly source?: string;
  readonly destination: string;
  readonly protocol: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly mac?: string;
  readonly dscp?: number;
  readonly uid?: number;
}

/** The first rule that takes this flow, as the site's text says: the lab's own reading, beside the generated rules. */
export function steeringRuleOf(rules: readonly SteeringRule[], flow: Flow): SteeringRule | undefined {
  return rules.find((rule) => matches(rule.match, flow));
}

export function matches(match: SteeringMatch, flow: Flow): boolean {
  return (
    (match.family === undefined || match.family === flow.family) &&
    matchesIn(match, flow.in) &&
    matchesPrefix(match.source, flow.source, flow.family) &&
    matchesPrefix(match.destination, flow.destination, flow.family) &&
    holds(match.protocol, flow.protocol, sameProtocol) &&
    holds(match.sourcePort, flow.sourcePort, inRange) &&
    holds(match.destinationPort, flow.destinationPort, inRange) &&
    holds(match.mac, flow.mac, (a, b) => a.toLowerCase() === b.toLowerCase()) &&
    holds(match.dscp, flow.dscp, (a, b) => a === b) &&
    holds(match.uid, flow.uid, (a, b) => a === b) &&
    holdsOfEmpty(match.set) &&
    holdsOfEmpty(match.domain)
  );
}

/** Whether the rule takes only what somebody has put into a set. */
export function asksForMember({ set, domain }: SteeringMatch): boolean {
  return !holdsOfEmpty(set) || !holdsOfEmpty(domain);
}

/** Nobody fills the sets of the lab's router: nothing is in them. */
function holdsOfEmpty(sets: Matching<string> | undefined): boolean {
  return sets === undefined || sets.negated;
}

/** Without `in: router` a rule is for what comes from inside. */
function matchesIn(match: SteeringMatch, name: string): boolean {
  return name === 'router' ? isForRouter(match) : holds(match.in, name, isNamed);
}

/** `icmp` means the family's own. */
function sameProtocol(wanted: string, protocol: string): boolean {
  const plain = (name: string): string => (/^(icmpv6|ipv6-icmp)$/.test(name) ? 'icmp' : name);
  return plain(wanted) === plain(protocol);
}

function inRange(range: PortRange, port: number): boolean {
  return range.from <= port && port <= range.to;
}

/**
 * Prefixes of the other family say nothing about this one: a positive list without one of this family never matches, a
 * negated one always does.
 */
function matchesPrefix(
  matching: Matching<Prefix> | undefined,
  address: string | undefined,
  family: Family,
): boolean {
  if (matching === undefined) return true;
  const host = address === undefined ? undefined : parsePrefix(address);
  if (host === undefined) return false;
  const inside = matching.values.some((prefix) => prefix.family === family && prefixContains(prefix, host));
  return inside !== matching.negated;
}

function holds<Wanted, Found>(
  matching: Matching<Wanted> | undefined,
  found: Found | undefined,
  same: (wanted: Wanted, found: Found) => boolean,
): boolean {
  if (matching === undefined) return true;
  // What a flow does not have (a port of ICMP, a MAC of the router's own) matches neither a value nor its negation.
  if (found === undefined) return false;
  return matching.values.some((value) => same(value, found)) !== matching.negated;
}
