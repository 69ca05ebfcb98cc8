import type { Site } from '../config/site.ts';
import type { Family } from '../net/family.ts';
import { type Prefix, parsePrefix, prefixContains } from '../net/prefix.ts';
import type { RuleFlow } from './layout.ts';
import { hostOf, networkClearOf } from './network-pool.ts';
import type { Surroundings } from './representative.ts';
import type { LanNetwork, TopologyLan } from './topology.ts';

interface Placed {
  readonly lan: string;
  readonly network: Prefix;
  readonly clients: string[];
}

/** Networks of every inside interface: one for the lab's own client, and one around each address the site speaks of. */
export function lanNetworks(
  site: Site,
  around: Surroundings,
  flows: readonly Pick<RuleFlow, 'flow'>[],
): readonly TopologyLan[] {
  const placed: Placed[] = [];
  for (const lan of around.lans)
    for (const family of around.families) place(placed, lan, around.inside(lan, family));
  for (const { flow } of flows)
    if (flow?.source !== undefined && flow.in !== 'router') place(placed, flow.in, flow.source);
  for (const target of forwardTargets(site)) place(placed, homeOf(placed, target) ?? around.lans[0], target);
  return around.lans.map((lan) => ({
    interface: lan,
    networks: placed.filter((one) => one.lan === lan).map(toNetwork),
  }));
}

function forwardTargets(site: Site): readonly string[] {
  const forwards = [...site.portForwards, ...site.wans.flatMap((wan) => wan.portForwards)];
  return [...new Set(forwards.map((forward) => forward.to.address))];
}

function homeOf(placed: readonly Placed[], address: string): string | undefined {
  const host = parsePrefix(address);
  return host && placed.find((one) => prefixContains(one.network, host))?.lan;
}

function place(placed: Placed[], lan: string | undefined, address: string): void {
  const host = parsePrefix(address);
  if (host === undefined || lan === undefined) return;
  const home = placed.find((one) => one.lan === lan && prefixContains(one.network, host));
  if (home === undefined) {
    const others = placed.map(({ network }) => network);
    // Room for the router and some clients.
    placed.push({ lan, network: networkClearOf(others, host, 3), clients: [host.address] });
  } else if (!home.clients.includes(host.address)) home.clients.push(host.address);
}

function toNetwork({ network, clients }: Placed): LanNetwork {
  const family: Family = network.family;
  const router = [1, -2, 2, 3, 4, 5, 6]
    .map((offset) => hostOf(network, offset))
    .find((address) => !clients.includes(address));
  return { family, router: router ?? hostOf(network, 1), length: network.length, clients };
}
