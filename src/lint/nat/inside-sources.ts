import { devicesOf } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { type Prefix, parsePrefix, prefixContains } from '../../net/prefix.ts';
import { isAmong } from '../flow/mark-exits.ts';
import type { Machine } from '../machine.ts';
import { isPrivate, PRIVATE } from '../private-networks.ts';
import { isConnected } from '../routes/interfaces.ts';
import { exampleName } from './leaving.ts';
import { hostOf } from './parts-of-network.ts';
import { sourcePrefixes, sourceRules } from './source-rules.ts';

/** Where packets come from that no ISP takes as they are. */
export interface InsideSource {
  readonly lan: string;
  /** Absent: which addresses are inside is not known, only that some are. */
  readonly address?: string;
  /** The whole network that the interface has, where that is known. */
  readonly network?: Prefix;
}

/**
 * One private source of each network inside. Where neither addresses nor routes are known an IPv4 client is private, and
 * an IPv6 client has addresses of its own, which need no translation.
 */
export function insideSources(machine: Machine, family: Family): readonly InsideSource[] {
  const { state, roles } = machine;
  const isInside = ({ lan }: LanNetwork) => isAmong(lan, roles.lans);
  const own = addressNetworks(state, family);
  const inside = own.filter(isInside);
  if (inside.length > 0) return privateSources(inside, family);
  // Addresses are known, and none of them is inside.
  if (own.length > 0) return [];
  const connected = connectedNetworks(state, family).filter(isInside);
  const routed = privateSources(connected, family).slice(0, mostOf(state, family));
  return family === 'ipv4' ? [...routed, ...sourcesOfRules(machine)] : routed;
}

interface LanNetwork {
  readonly lan: string;
  readonly network: Prefix;
}

function addressNetworks({ addresses }: KernelState, family: Family): readonly LanNetwork[] {
  return addresses
    .filter((one) => one.family === family && one.scope === 0)
    .map(({ device, address, length }) => ({ lan: device, network: { family, address, length } }));
}

function connectedNetworks({ routes }: KernelState, family: Family): readonly LanNetwork[] {
  return routes.flatMap((route) => {
    const [lan] = route.family === family && isConnected(route) ? devicesOf(route) : [];
    return lan === undefined ? [] : [{ lan, network: route.destination }];
  });
}

function privateSources(networks: readonly LanNetwork[], family: Family): readonly InsideSource[] {
  // Beside an address of the internet's, clients do not use a unique local one to get there (RFC 6724).
  const hasGlobal = (lan: string) =>
    family === 'ipv6' && networks.some((one) => one.lan === lan && !isPrivate(one.network.address, family));
  return networks
    .filter(
      ({ lan, network }) =>
        PRIVATE[family].some((block) => prefixContains(block, network)) && !hasGlobal(lan),
    )
    .map(({ lan, network }) => ({ lan, address: hostOf(network), network }));
}

/** So many of the networks that routes or translating rules name stand for all: each is followed through every rule. */
const MOST_NAMED = 3;

/** Following one flow through more rules than that takes its time, and one network stands for all. */
const MANY_RULES = 2000;

function mostOf(state: KernelState, family: Family): number {
  return sourceRules(state, family).length > MANY_RULES ? 1 : MOST_NAMED;
}

/** Hosts of the networks that translating rules name; any host where they name none. */
function sourcesOfRules({ state, roles }: Machine): readonly InsideSource[] {
  const lan = exampleName(roles.lans[0] ?? 'lan0');
  const named: Prefix[] = [];
  const most = mostOf(state, 'ipv4');
  let isOutside = false;
  for (const { rule } of sourceRules(state, 'ipv4'))
    for (const prefix of sourcePrefixes(rule)) {
      if (!isPrivate(prefix.address, 'ipv4') || named.some((one) => prefixContains(one, prefix))) continue;
      if (isOfUplink(state, prefix)) {
        isOutside = true;
        continue;
      }
      named.push(prefix);
      if (named.length === most) return named.map((one) => ({ lan, address: hostOf(one) }));
    }
  return named.length === 0 && !isOutside ? [{ lan }] : named.map((one) => ({ lan, address: hostOf(one) }));
}

/** Networks of uplinks are this big or smaller; a bigger one that a rule names may hold networks inside as well. */
const UPLINK_LENGTH = 24;

/** The network that a gateway to the internet is in: its hosts are neighbours outside, and this machine there. */
function isOfUplink({ routes }: KernelState, network: Prefix): boolean {
  return (
    network.length >= UPLINK_LENGTH &&
    routes.some(
      ({ destination, hops }) =>
        destination.length === 0 &&
        hops.some(({ gateway }) => {
          const host = gateway === undefined ? undefined : parsePrefix(gateway);
          return host !== undefined && prefixContains(network, host);
        }),
    )
  );
}
