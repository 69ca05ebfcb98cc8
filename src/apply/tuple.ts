import { ruleFamilies } from '../config/rule-families.ts';
import type { Matching, SteeringMatch } from '../config/site.ts';
import type { Family } from '../net/family.ts';
import { isNamed } from '../net/interface-pattern.ts';
import { type Prefix, parseAddress, parsePrefix, prefixContains } from '../net/prefix.ts';
import { inFamily } from '../plan/steering-match.ts';

/** The original direction of a connection, as conntrack lists it, and what its addresses say of where it came from. */
export interface Tuple {
  readonly family: Family;
  readonly protocol: string;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly mark: number;
}

/** Where a connection came in: from the router itself, by a known interface, or nobody can tell. */
export type Entrance =
  | { readonly kind: 'router' }
  | { readonly kind: 'interface'; readonly name: string }
  | { readonly kind: 'unknown' };

export type Answer = 'yes' | 'no' | 'unknown';

/** One line of `conntrack -L`; undefined for what has no addresses. The first of each field is the original direction. */
export function readTuple(line: string): Tuple | undefined {
  const field = (name: string): string | undefined => new RegExp(`(?:^|\\s)${name}=(\\S+)`).exec(line)?.[1];
  const source = parseAddress(field('src') ?? '');
  const destination = parseAddress(field('dst') ?? '');
  const protocol = /^(?:ipv[46]\s+\d+\s+)?(\S+)/.exec(line)?.[1];
  if (source === undefined || destination === undefined || protocol === undefined) return undefined;
  const [sourcePort, destinationPort] = [field('sport'), field('dport')];
  return {
    family: source.family,
    protocol: protocol === 'icmpv6' ? 'ipv6-icmp' : protocol,
    source: source.address,
    destination: destination.address,
    ...(sourcePort === undefined ? {} : { sourcePort: Number(sourcePort) }),
    ...(destinationPort === undefined ? {} : { destinationPort: Number(destinationPort) }),
    mark: Number(field('mark') ?? 0),
  };
}

/**
 * Whether a steering rule took this connection when it was new. `unknown` where only the packet could say (MAC, DSCP,
 * owner, sets, domains), unless another part of the match already says no.
 */
export function matchTuple(wanted: SteeringMatch, tuple: Tuple, entrance: Entrance): Answer {
  if (ruleFamilies(wanted, [tuple.family]).length === 0) return 'no';
  const match = inFamily(wanted, tuple.family);
  const answers: readonly Answer[] = [
    matching(match.in, (name) => enters(name, entrance)),
    matching(match.source, (prefix) => yesIf(holds(prefix, tuple.source))),
    matching(match.destination, (prefix) => yesIf(holds(prefix, tuple.destination))),
    matching(match.protocol, (protocol) => yesIf(protocol === tuple.protocol)),
    matching(match.sourcePort, ({ from, to }) => yesIf(within(tuple.sourcePort, from, to))),
    matching(match.destinationPort, ({ from, to }) => yesIf(within(tuple.destinationPort, from, to))),
    ...[match.mac, match.dscp, match.uid, match.set, match.domain].map(
      (undecidable): Answer => (undecidable === undefined ? 'yes' : 'unknown'),
    ),
  ];
  if (answers.includes('no')) return 'no';
  return answers.includes('unknown') ? 'unknown' : 'yes';
}

function matching<T>(wanted: Matching<T> | undefined, test: (value: T) => Answer): Answer {
  if (wanted === undefined) return 'yes';
  const answers = wanted.values.map(test);
  const any: Answer = answers.includes('yes') ? 'yes' : answers.includes('unknown') ? 'unknown' : 'no';
  if (!wanted.negated || any === 'unknown') return any;
  return any === 'yes' ? 'no' : 'yes';
}

function enters(name: string, entrance: Entrance): Answer {
  if (entrance.kind === 'unknown') return 'unknown';
  if (entrance.kind === 'router') return yesIf(name === 'router');
  return yesIf(isNamed(name, entrance.name));
}

function holds(prefix: Prefix, address: string): boolean {
  const host = parsePrefix(address);
  return host !== undefined && prefixContains(prefix, host);
}

function within(port: number | undefined, from: number, to: number): boolean {
  return port !== undefined && port >= from && port <= to;
}

function yesIf(condition: boolean): Answer {
  return condition ? 'yes' : 'no';
}
