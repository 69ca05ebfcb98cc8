import { isForRouter } from '../config/for-router.ts';
import { MAX_UID } from '../config/max-uid.ts';
import type { Matching, SteeringMatch } from '../config/site.ts';
import { addressBits, type Family } from '../net/family.ts';
import type { PortRange } from '../net/port-range.ts';
import { formatPrefix, type Prefix, prefixContains } from '../net/prefix.ts';
import { hostApart, type NetworkPool } from './network-pool.ts';

/** For each field that rules ask for: every value that some rule names, and one that no rule names. */
export interface FlowKinds {
  readonly sources: HostKinds;
  /** Where the router's own connections come from; absent where no rule asks for that, and the kernel may choose. */
  readonly routerSources?: HostKinds;
  readonly destinations: HostKinds;
  readonly sourcePorts: readonly number[];
  readonly destinationPorts: readonly number[];
  readonly macs: readonly (string | undefined)[];
  readonly dscps: readonly number[];
  readonly uids: readonly number[];
}

export interface HostKinds {
  /** By prefix: a host that is in it, but in no narrower prefix that a rule names. */
  readonly within: ReadonlyMap<string, string>;
  /** Those, and a host that is in no prefix that a rule names. */
  readonly all: readonly string[];
}

const MAX_DSCP = 63;
const MAX_PORT = 65_535;

export function flowKinds(
  matches: readonly SteeringMatch[],
  family: Family,
  pool: Pick<NetworkPool, 'takeHost'>,
): FlowKinds {
  const named = <Key extends keyof SteeringMatch>(key: Key) => matches.map((match) => match[key]);
  const macs = valuesOf(named('mac'));
  // A rule for all MACs but some needs one that no rule names; other rules do as well without.
  const isNegated = named('mac').some((mac) => mac?.negated === true);
  const sources = hostKinds(valuesOf(named('source')), family, pool);
  const routerSources = valuesOf(matches.filter(isForRouter).map(({ source }) => source));
  return {
    sources,
    ...(routerSources.length === 0
      ? {}
      : { routerSources: hostKinds(routerSources, family, pool, sources.all) }),
    destinations: hostKinds(valuesOf(named('destination')), family, pool),
    sourcePorts: portKinds(valuesOf(named('sourcePort')), 22_000),
    destinationPorts: portKinds(valuesOf(named('destinationPort')), 443),
    macs: unique([isNegated ? otherMac(matches) : undefined, ...macs]),
    dscps: numberKinds(valuesOf(named('dscp')), MAX_DSCP),
    uids: numberKinds(valuesOf(named('uid')), MAX_UID),
  };
}

/** A client that no rule names: locally administered, and not from the range for documentation. */
export function otherMac(matches: readonly SteeringMatch[]): string {
  const named = new Set(valuesOf(matches.map(({ mac }) => mac)));
  for (let number = 0xfe01; ; number += 1) {
    const bytes = number.toString(16).padStart(6, '0').match(/../g) ?? [];
    const mac = ['02:00:00', ...bytes].join(':');
    if (!named.has(mac)) return mac;
  }
}

/** `others`: hosts that are somebody else's, where there is room for more. */
function hostKinds(
  prefixes: readonly Prefix[],
  family: Family,
  pool: Pick<NetworkPool, 'takeHost'>,
  others: readonly string[] = [],
): HostKinds {
  const named = new Map(
    prefixes.filter((prefix) => prefix.family === family).map((prefix) => [formatPrefix(prefix), prefix]),
  );
  const within = new Map<string, string>();
  for (const [text, prefix] of named) {
    const narrower = [...named.values()].filter(
      (other) => other.length > prefix.length && prefixContains(prefix, other),
    );
    const taken = others.map((address) => ({ family, address, length: addressBits(family) }));
    const host = hostApart(prefix, [...narrower, ...taken]) ?? hostApart(prefix, narrower);
    if (host !== undefined) within.set(text, host);
  }
  const free = pool.takeHost(family, [...named.values()]);
  return { within, all: unique([...within.values(), ...(free === undefined ? [] : [free])]) };
}

/** The usual one, the ends of what is named, and what stands beside them. */
function portKinds(ranges: readonly PortRange[], usual: number): readonly number[] {
  const edges = ranges.flatMap(({ from, to }) => [from, to, from - 1, to + 1]);
  return unique([usual, ...edges]).filter((port) => port >= 1 && port <= MAX_PORT);
}

/** 0 first, which most packets have; then what is named, and the first number that is not. */
function numberKinds(values: readonly number[], last: number): readonly number[] {
  const named = new Set(values);
  let free = 0;
  while (named.has(free)) free += 1;
  return free > last ? unique([0, ...values]) : unique([0, ...values, free]);
}

function valuesOf<T>(all: readonly (Matching<T> | undefined)[]): readonly T[] {
  return all.flatMap((matching) => matching?.values ?? []);
}

export function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
