import type { NextHop, Route } from '../kernel/routing.ts';
import { formatPrefix } from '../net/prefix.ts';
import { type Assumptions, partition } from './assumption.ts';
import type { StateIndex } from './index-state.ts';
import type { RouteQuery } from './policy-rule.ts';
import { type Question, question } from './question.ts';
import { conditionOf } from './route-condition.ts';
import { hopSource } from './select-source.ts';
import { isPoint, type Point, termKey, type Variable } from './term.ts';

/** The hop of several that a lookup takes: by a hash, each with the chance of its weight, or the one that is certain. */
export function chooseHop(
  index: StateIndex,
  route: Route,
  hops: readonly NextHop[],
  a: Assumptions,
  query: RouteQuery,
): NextHop | Question | undefined {
  const [first, ...more] = candidates(index, route, hops, query);
  if (first === undefined || more.length === 0) return first;
  const where = `${route.table} ${formatPrefix(route.destination)}`;
  const id = `hop of ${more.length + 1} of ${where} for ${hashed(index, query)}`;
  return byWeight(id, [first, ...more], a);
}

/**
 * With a device asked for, its first hop is taken; so it is by who only looks in IPv4 (fib_lookup without
 * fib_select_path: `fib daddr oifname` named the first hop for 40 of 40 flows, of which the route took the second for 26).
 */
function candidates(
  index: StateIndex,
  route: Route,
  hops: readonly NextHop[],
  query: RouteQuery,
): readonly NextHop[] {
  const { family, asker, oif } = query;
  const isAny = asker === 'type' || (family === 'ipv4' && asker.startsWith('look'));
  if (oif !== undefined || isAny) return hops.slice(0, 1);
  if (family === 'ipv6' || asker === 'input' || !prefersSource(index)) return hops;
  const { saddr } = query;
  // A group of nexthop objects goes by the hash alone (nexthop_path_fib_result).
  if (saddr === undefined || !isPoint(saddr) || conditionOf(route).hasObjects) return hops;
  const own = hops.filter(
    ({ device, gateway }) =>
      device !== undefined && hopSource(index, device, gateway, route.scope ?? 0) === saddr,
  );
  return own.length > 0 ? own : hops;
}

/** Since 6.16 what the machine itself sends takes the hop whose address is its source (fib_select_multipath). */
const PREFERS_SOURCE = { major: 6, minor: 16 } as const;

/** A state that does not say its kernel leaves the choice to the hash: then every hop is possible. */
function prefersSource(index: StateIndex): boolean {
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(index.sysctl('kernel.osrelease') ?? '') ?? [];
  return (
    Number(major) > PREFERS_SOURCE.major ||
    (Number(major) === PREFERS_SOURCE.major && Number(minor) >= PREFERS_SOURCE.minor)
  );
}

/**
 * What the kernel hashes, so that choices are the same where it is the same (fib_multipath_hash, rt6_multipath_hash).
 * IPv4's policy 0 takes the two addresses in either order, whoever asks, and of an ICMP error those of the packet that it
 * is about (ip_multipath_l3_keys). IPv6 adds protocol and flow label: the socket asks before it has a label, the re-route
 * in OUTPUT with the label and without the protocol, so that of 60 flows from a socket 26 to 30 changed their hop on being
 * routed again to the same table. The other policies add ports, which the re-route does not know either.
 */
function hashed(index: StateIndex, query: RouteQuery): string {
  const { family, asker, sport, dport, protocol } = query;
  const policy = index.sysctl(`net.${family}.fib_multipath_hash_policy`) ?? '0';
  if (family === 'ipv4' && policy === '0') {
    const { saddr = 0, daddr } = query.about ?? query;
    return [termKey(saddr), termKey(daddr)].sort().join(' ');
  }
  const addresses = [termKey(query.saddr ?? 0), termKey(query.daddr)];
  // What only looks has the packet's own hash, also where it looks back.
  if (asker === 'look back') addresses.reverse();
  const who = asker.startsWith('look') ? 'input' : asker;
  const ports = policy === '0' || asker === 're-route' ? [] : [termKey(sport), termKey(dport)];
  return [who, ...addresses, asker === 're-route' ? '' : protocol, ...ports].join(' ');
}

function byWeight(id: string, hops: readonly NextHop[], a: Assumptions): NextHop | Question | undefined {
  const ends: { readonly first: Point; readonly last: Point }[] = [];
  let total = 0;
  for (const { weight = 1 } of hops) {
    ends.push({ first: total, last: total + weight - 1 });
    total += weight;
  }
  const variable: Variable = { kind: 'variable', id, domain: 'u32', universe: [0, total - 1], uniform: true };
  for (const [at, hop] of hops.entries()) {
    const end = ends[at];
    if (end === undefined) continue;
    const parts = partition(a, variable, [[end.first, end.last]]);
    const inside = parts.find(({ group }) => group === 0);
    const outside = parts.find(({ group }) => group === -1);
    if (inside !== undefined && outside === undefined) return hop;
    if (inside === undefined || outside === undefined) continue;
    const text = `multipath takes ${nameHop(hop, hops)}`;
    return question(
      { text, narrow: { variable, ranges: inside.ranges }, weight: inside.weight ?? 1 },
      { text, narrow: { variable, ranges: outside.ranges }, weight: outside.weight ?? 1 },
    );
  }
  return hops[0];
}

/** Its device, with the gateway where another hop is behind the same one. */
function nameHop({ device, gateway }: NextHop, hops: readonly NextHop[]): string {
  if (device === undefined || gateway === undefined) return device ?? gateway ?? 'this hop';
  const shared = hops.filter((hop) => hop.device === device).length > 1;
  return shared ? `${device} via ${gateway}` : device;
}
