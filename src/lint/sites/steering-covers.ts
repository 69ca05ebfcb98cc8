import type { Matching, SteeringMatch } from '../../config/site.ts';
import { patternHolds, patternsMeet } from '../../net/interface-pattern.ts';
import { type Prefix, prefixContains } from '../../net/prefix.ts';

/** How the values of one key relate: whether one holds all of another, and whether they have anything in common. */
interface Values<T> {
  readonly holds: (outer: T, inner: T) => boolean;
  readonly meets: (a: T, b: T) => boolean;
}

const SAME: Values<string | number> = { holds: (a, b) => a === b, meets: (a, b) => a === b };

const PREFIXES: Values<Prefix> = {
  holds: prefixContains,
  meets: (a, b) => prefixContains(a, b) || prefixContains(b, a),
};

const PORTS: Values<{ readonly from: number; readonly to: number }> = {
  holds: (outer, inner) => outer.from <= inner.from && inner.to <= outer.to,
  meets: (a, b) => a.from <= b.to && b.from <= a.to,
};

const INTERFACES: Values<string> = { holds: patternHolds, meets: patternsMeet };

/** Names of a domain are not those below it: the resolver fills the set of the longest name alone. */
const DOMAINS: Values<string> = SAME;

/** Whether every connection that fits `inner` fits `outer`, both as one family sees them. Unsure is no. */
export function steeringCovers(outer: SteeringMatch, inner: SteeringMatch, lan: readonly string[]): boolean {
  const all: Matching<string> = { values: lan, negated: false };
  return (
    covers(INTERFACES, outer.in, inner.in ?? all) &&
    covers(PREFIXES, outer.source, inner.source) &&
    covers(PREFIXES, outer.destination, inner.destination) &&
    covers(SAME, outer.protocol, inner.protocol) &&
    covers(PORTS, outer.sourcePort, inner.sourcePort) &&
    covers(PORTS, outer.destinationPort, inner.destinationPort) &&
    covers(SAME, outer.mac, inner.mac) &&
    covers(SAME, outer.dscp, inner.dscp) &&
    covers(SAME, outer.uid, inner.uid) &&
    covers(SAME, outer.set, inner.set) &&
    covers(DOMAINS, outer.domain, inner.domain)
  );
}

function covers<T>(
  { holds, meets }: Values<T>,
  outer: Matching<T> | undefined,
  inner: Matching<T> | undefined,
): boolean {
  if (outer === undefined) return true;
  if (inner === undefined) return false;
  if (outer.negated && inner.negated)
    return outer.values.every((left) => inner.values.some((out) => holds(out, left)));
  if (outer.negated) return !outer.values.some((left) => inner.values.some((value) => meets(left, value)));
  if (inner.negated) return false;
  return inner.values.every((value) => outer.values.some((whole) => holds(whole, value)));
}
