import type { Site, Wan } from '../../config/site.ts';
import type { PolicyRule, Route } from '../../kernel/routing.ts';
import { MAIN_TABLE } from '../../kernel/routing.ts';
import { EMPTY_STATE, type KernelState } from '../../kernel/state.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import { compile } from '../../plan/compile.ts';
import { defaultRoute, firstRules, hostRoute, lastRules, ownAddress } from '../flow/build-routing.ts';
import { hostAddresses } from '../flow/host-addresses.ts';
import type { Machine } from '../machine.ts';
import { makeMachine } from '../make-machine.ts';

/** What marks and tables the WANs get does not matter here. */
const INPUT = { backend: 'nftables', health: {}, allocation: { slots: {} } } as const;

/** A machine on which the site is applied and every WAN is up, for flows that show how it steers. */
export function plannedMachine(site: Site): Machine {
  const facts = factsOf(site);
  const { desired } = compile(site, facts, INPUT);
  const policyRules = [...FAMILIES.flatMap(kernelRules), ...desired.policyRules];
  const all = new Set(FAMILIES);
  return makeMachine({
    name: site.file,
    site,
    state: {
      ...desired,
      links: facts.links,
      addresses: facts.addresses,
      policyRules,
      routes: [...facts.routes, ...desired.routes],
    },
    given: { policyRules: all, routes: all, rulesets: all, links: true, sysctls: false, whole: false },
    sources: new Map(),
  });
}

function kernelRules(family: Family): readonly PolicyRule[] {
  return [...firstRules(family).slice(0, 1), ...lastRules(family)];
}

/** Every interface up, an address and a default on each WAN, and a network on each interface inside. */
function factsOf(site: Site): KernelState {
  const wans = [...new Set(site.wans.map((wan) => wan.interface))];
  const lans = site.lan.map((name) => name.replace(/\+$/, '0'));
  const names = ['lo', ...wans, ...lans.filter((name) => !wans.includes(name))];
  return {
    ...EMPTY_STATE,
    links: names.map((name, at) => {
      return { index: at + 1, name, up: true, carrier: true, mtu: 1500, pointToPoint: false };
    }),
    addresses: FAMILIES.flatMap((family) => [
      ...lans.map((name, at) => ownAddress(family, hostAddresses(family).inside(at), name)),
      ...wans.map((name, at) => ownAddress(family, hostAddresses(family).own(at), name)),
    ]),
    routes: FAMILIES.flatMap((family) => [
      ...lans.map((name, at) => hostRoute(family, hostAddresses(family).client(at), name)),
      ...site.wans.flatMap((wan, at) => wanDefault(wan, family, at)),
    ]),
  };
}

/** The first profile's default comes first, as the lowest metric. */
function wanDefault(wan: Wan, family: Family, at: number): readonly Route[] {
  if (!wan.families.includes(family)) return [];
  const gateway = wan.gateway[family];
  const made = { ...defaultRoute(family, MAIN_TABLE, [wan.interface]), metric: at };
  if (gateway.kind === 'none') return [made];
  const via = gateway.kind === 'address' ? gateway.address : NEXT_HOP[family](at);
  return [{ ...made, hops: [{ device: wan.interface, gateway: via, onlink: true }] }];
}

const NEXT_HOP: Readonly<Record<Family, (at: number) => string>> = {
  ipv4: (at) => `198.51.100.${(at % 100) + 101}`,
  ipv6: (at) => `fe80::${at + 1}`,
};
