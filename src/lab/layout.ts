import { ruleFamilies } from '../config/rule-families.ts';
import type { Expectation, Site, SteeringRule } from '../config/site.ts';
import { addressBits, FAMILIES, type Family } from '../net/family.ts';
import { type Prefix, parsePrefix, prefixContains } from '../net/prefix.ts';
import { delegations } from './delegations.ts';
import { expectationFlow } from './expectation-flow.ts';
import type { Flow } from './flow.ts';
import { lanNames } from './lan-names.ts';
import { lanNetworks } from './lan-networks.ts';
import { hostOf, type NetworkPool, networkPool, USUAL_LENGTH } from './network-pool.ts';
import { flowFinder, type Surroundings } from './representative.ts';
import type { Topology, TopologyWan } from './topology.ts';
import { wanLinks } from './wan-links.ts';

/** One line of a rehearsal: a flow that stands for a steering rule (absent: for what no rule takes) in one family. */
export interface RuleFlow {
  readonly rule?: SteeringRule;
  readonly family: Family;
  /** Absent: no flow reaches the rule, or it asks for a set's or domain's addresses, which the lab does not know. */
  readonly flow?: Flow;
}

export interface Layout {
  readonly topology: Topology;
  readonly flows: readonly RuleFlow[];
  readonly expectations: readonly ExpectedFlow[];
}

/** A flow that the site makes a statement about. */
export interface ExpectedFlow {
  readonly expectation: Expectation;
  readonly flow: Flow;
}

/** The lab for a site, and the flows its rules are tried with: each flow's source lives on one of the lab's clients. */
export function layOut(site: Site): Layout {
  const pool = networkPool(namedPrefixes(site));
  const around = surroundings(site, pool);
  const flows = ruleFlows(site, around, pool);
  const expectations = site.expect
    .map((expectation) => ({ expectation, flow: expectationFlow(expectation, around) }))
    .filter(({ flow }) => around.families.includes(flow.family));
  const all = [...flows, ...expectations].flatMap(({ flow }) => flow ?? []);
  const destinations = all.map(({ destination }) => destination);
  const own = all.flatMap((flow) => (flow.in === 'router' ? (flow.source ?? []) : []));
  const delegated = delegations(site.wans, pool);
  const wans = wanLinks(site, pool, { destinations, own }, delegated);
  return {
    flows,
    expectations,
    topology: {
      wans,
      lans: lanNetworks(site, around, [...flows, ...expectations]),
      own: [...new Set(own)].filter((address) => !isOfLink(wans, address)),
      internet: around.outside,
      delegated: [...delegated.values()].map(({ prefix }) => prefix),
      // Room for an ISP in every slot of the widest mask people use (8 bits), a /30 and a /64 each.
      transit: { ipv4: pool.take('transit', 'ipv4', 22), ipv6: pool.take('transit', 'ipv6', 56) },
    },
  };
}

function isOfLink(wans: readonly TopologyWan[], address: string): boolean {
  return wans.some(({ links }) =>
    links.some((link) => link.address === address || link.more.includes(address)),
  );
}

function surroundings(site: Site, pool: NetworkPool): Surroundings {
  const lans = lanNames(site);
  const families = FAMILIES.filter((family) => site.wans.some((wan) => wan.families.includes(family)));
  const inside = new Map<string, string>();
  for (const lan of lans) {
    const translated = lan === lans[0] ? site : undefined;
    inside.set(`${lan} ipv4`, translatedHost(translated, 'ipv4') ?? hostOf(pool.take('lan', 'ipv4', 24), 10));
    inside.set(`${lan} ipv6`, translatedHost(translated, 'ipv6') ?? hostOf(pool.take('lan', 'ipv6', 64), 10));
  }
  return {
    families,
    lans,
    inside: (lan, family) => inside.get(`${lan} ${family}`) ?? '',
    outside: {
      ipv4: hostOf(pool.take('internet', 'ipv4', 24), 9),
      ipv6: hostOf(pool.take('internet', 'ipv6', 64), 9),
    },
  };
}

/** Where WANs translate chosen inside prefixes only, the usual client is in one of them, and nobody of whom rules speak. */
function translatedHost(site: Site | undefined, family: Family): string | undefined {
  const named = site?.steering.flatMap(({ match }) => match.source?.values ?? []) ?? [];
  const host = (address: string) => ({ family, address, length: addressBits(family) });
  const busy = (address: string): boolean =>
    named.some((prefix) => prefix.length > 24 && prefixContains(prefix, host(address)));
  return site?.wans
    .flatMap((wan) => [
      ...(wan.sources ?? []),
      ...(wan.nat.ipv6.kind === 'nptv6' ? [wan.nat.ipv6.inside] : []),
    ])
    .filter((prefix) => prefix.family === family && prefix.length > 0)
    .flatMap((prefix) => [100, 150, 200, 77].map((offset) => hostOf(prefix, offset)))
    .find((address) => !busy(address));
}

function ruleFlows(site: Site, around: Surroundings, pool: NetworkPool): readonly RuleFlow[] {
  const finders = new Map(around.families.map((family) => [family, flowFinder(site, family, around, pool)]));
  const steered = site.steering.flatMap((rule) =>
    ruleFamilies(rule.match, around.families).map((family) =>
      withFlow({ rule, family }, finders.get(family)?.forRule(rule)),
    ),
  );
  const rest = (['lan', 'router'] as const).flatMap((from) =>
    [...finders]
      .map(([family, finder]) => withFlow({ family }, finder.unsteered(from)))
      .filter((line) => line.flow !== undefined),
  );
  return [...steered, ...rest];
}

function withFlow(line: Omit<RuleFlow, 'flow'>, flow: Flow | undefined): RuleFlow {
  return flow === undefined ? line : { ...line, flow };
}

/** Everything the site gives an address to: the lab's own networks keep clear of it. */
function namedPrefixes(site: Site): readonly Prefix[] {
  const texts = [
    ...site.wans
      .flatMap((wan) => Object.values(wan.gateway))
      .flatMap((one) => ('address' in one ? one.address : [])),
    ...site.wans
      .flatMap((wan) => Object.values(wan.nat))
      .flatMap((one) => ('address' in one ? one.address : [])),
    ...[...site.portForwards, ...site.wans.flatMap((wan) => wan.portForwards)].map((one) => one.to.address),
    ...site.expect.flatMap(({ flow }) => [flow.source ?? [], flow.destination].flat()),
  ];
  const networks = texts
    .map(parsePrefix)
    .filter((prefix) => prefix !== undefined)
    .map((host) => ({ ...host, length: USUAL_LENGTH[host.family] }));
  const matched = site.steering.flatMap(({ match }) => [
    ...(match.source?.values ?? []),
    ...(match.destination?.values ?? []),
  ]);
  const translated = site.wans.flatMap((wan) => {
    const nat = wan.nat.ipv6;
    return nat.kind === 'nptv6' ? [nat.inside, ...(nat.outside === 'auto' ? [] : [nat.outside])] : [];
  });
  return [...networks, ...matched, ...translated, ...site.wans.flatMap((wan) => wan.sources ?? [])];
}
