import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assumedFacts } from '../../../src/cli/model/assumed-facts.ts';
import { overlayPlan } from '../../../src/cli/model/overlay-plan.ts';
import { readSite } from '../../../src/config/read-site.ts';
import type { Matching } from '../../../src/config/site.ts';
import type { KernelState } from '../../../src/kernel/state.ts';
import { layOut } from '../../../src/lab/layout.ts';
import type { LanNetwork } from '../../../src/lab/topology.ts';
import { FAMILIES, type Family } from '../../../src/net/family.ts';
import { parsePrefix, prefixContains } from '../../../src/net/prefix.ts';
import { compile } from '../../../src/plan/compile.ts';
import type { Flow } from '../../../src/trace/flow.ts';
import type { TracePath } from '../../../src/trace/trace.ts';
import { traceFlow } from '../../../src/trace/trace-flow.ts';
import {
  filesOf,
  HOSTS,
  type RandomRule,
  type RandomSite,
  randomSite,
  type Wan,
} from '../../arbitrary/site.ts';

// A site says in a few words where a connection goes; both backends make many rules of it. What the rules do with random
// connections (trace does what the kernel does: it is tested against it) must be what the words say.

interface RandomFlow {
  readonly family: Family;
  readonly source: string | undefined;
  readonly destination: string;
  readonly protocol: string;
  readonly ports: readonly [number, number] | undefined;
  readonly dscp: number;
}

const randomFlow: fc.Arbitrary<RandomFlow> = fc.constantFrom(...FAMILIES).chain((family) => {
  const alone = (one: string) => !one.includes('/');
  return fc
    .record({
      family: fc.constant(family),
      source: fc.option(fc.constantFrom(...HOSTS[family].inside.filter(alone)), { nil: undefined, freq: 4 }),
      destination: fc.constantFrom(...HOSTS[family].outside.filter(alone), OTHER[family]),
      protocol: fc.constantFrom('tcp', 'udp', 'sctp', 'dccp', 'gre'),
      ports: fc.tuple(fc.constantFrom(1500, 45_000, 60_000), fc.constantFrom(25, 53, 443, 1500, 2000, 2001)),
      dscp: fc.constantFrom(0, 10, 46, 8),
    })
    .map((flow) => ({ ...flow, ports: flow.protocol === 'gre' ? undefined : flow.ports }));
});

/** In none of the networks that rules name. */
const OTHER: Readonly<Record<Family, string>> = { ipv4: '198.51.100.77', ipv6: '2001:db8:77::77' };

/** Shares of new connections by WAN; a word where they do not leave, or leave as if polywan were not there. */
type Shares = Readonly<Record<string, number>>;

/** What the site's words say of a flow. */
function said(site: RandomSite, flow: RandomFlow, device: string | undefined): Shares {
  const name =
    device === undefined
      ? site.localTraffic
      : site.steering.find((rule) => matches(rule, flow, device))?.policy;
  const policy = site.policies.find((one) => one.name === name);
  // A family that no WAN has is left alone.
  const isOurs = site.wans.some((wan) => site.families[wan]?.includes(flow.family) === true);
  if (policy === undefined || !isOurs) return { main: 1 };
  const up = policy.members.filter(
    ({ wan }) => !site.down.includes(wan) && site.families[wan]?.includes(flow.family) === true,
  );
  const tier = Math.min(...up.map((member) => member.tier));
  const active = up.filter((member) => member.tier === tier);
  const sum = active.reduce((total, { weight }) => total + weight, 0);
  return active.length === 0
    ? { [policy.lastResort]: 1 }
    : Object.fromEntries(active.map(({ wan, weight }) => [wan, weight / sum]));
}

function matches(rule: RandomRule, flow: RandomFlow, device: string): boolean {
  const { family, source = '', destination, protocol, ports, dscp } = flow;
  // What is not an address of one family may be any of the other.
  const hasPort = (wanted: Matching<string> | undefined, at: 0 | 1) =>
    holds(wanted, (one) => ports !== undefined && within(ports[at], one)) &&
    (wanted === undefined || ports !== undefined);
  return (
    (rule.family ?? family) === family &&
    holds(rule.in, (one) => one === device) &&
    holds(rule.source, (one) => covers(one, source)) &&
    holds(rule.destination, (one) => covers(one, destination)) &&
    holds(rule.protocol, (one) => one === protocol) &&
    hasPort(rule.sourcePort, 0) &&
    hasPort(rule.destinationPort, 1) &&
    holds(rule.dscp, (one) => one === dscp)
  );
}

function holds<T>(wanted: Matching<T> | undefined, is: (one: T) => boolean): boolean {
  return wanted === undefined || wanted.values.some(is) !== wanted.negated;
}

function covers(network: string, address: string): boolean {
  const [prefix, host] = [parsePrefix(network), parsePrefix(address)];
  return prefix !== undefined && host !== undefined && prefixContains(prefix, host);
}

function within(port: number, range: string): boolean {
  const [from = 0, to = from] = range.split('-').map(Number);
  return from <= port && port <= to;
}

/** The site, and a router made up for it. */
function routerOf(random: RandomSite) {
  const files = filesOf(random);
  const { site, diagnostics } = readSite(
    '/polywan.yaml',
    (path) => files.get(path) ?? '',
    (folder) =>
      [...files.keys()].flatMap((path) =>
        path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
      ),
  );
  if (site === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const { topology } = layOut(site);
  const lans = topology.lans.map((lan, at) => ({ ...lan, networks: NETWORKS[at] ?? [] }));
  return { site, facts: assumedFacts({ ...topology, lans }) };
}

/** Each host is behind one interface, whatever interface rules with its address ask for. */
const NETWORKS = [0, 1].map((at): readonly LanNetwork[] => [
  { family: 'ipv4', router: ['192.0.2.1', '192.168.0.1'][at] ?? '', length: 24, clients: [] },
  { family: 'ipv6', router: `2001:db8:1:${at}::1`, length: 64, clients: [] },
]);

/** The interface inside that a host is behind; none where the router itself sends. */
function homeOf({ addresses }: KernelState, source: string | undefined): string | undefined {
  const home = addresses.find(({ device, address, length }) => {
    const network = parsePrefix(`${address}/${length}`);
    const host = source === undefined ? undefined : parsePrefix(source);
    return (
      device.startsWith('lan') && network !== undefined && host !== undefined && prefixContains(network, host)
    );
  });
  return home?.device;
}

function traced(
  random: RandomSite,
  state: KernelState,
  flow: Flow,
): { readonly shares: Shares; readonly strays: readonly string[] } {
  const trace = traceFlow(state, flow);
  if (typeof trace === 'string') throw new Error(trace);
  const shares: Record<string, number> = {};
  for (const path of trace.paths) {
    const exit = exitOf(random, path);
    shares[exit] = (shares[exit] ?? 0) + path.weight;
  }
  const strays = trace.paths.filter(({ outcome }) => outcome === 'changes' || outcome === 'broken');
  return { shares, strays: strays.map(({ summary }) => summary) };
}

function exitOf(random: RandomSite, { packets }: TracePath): string {
  const disposition = packets[0]?.disposition;
  if (disposition?.kind !== 'routed') return disposition?.kind ?? 'nothing';
  return random.wans[Number(disposition.interface.slice(3))] ?? disposition.interface;
}

/** Where main's own default leads, which is what the last resort `main` and traffic without a policy meet. */
function byMain(random: RandomSite, facts: KernelState, family: Family): Wan | 'unreachable' {
  const [first] = facts.routes
    .filter((route) => route.family === family && route.destination.length === 0 && route.table === 254)
    .sort((a, b) => a.metric - b.metric);
  const device = first?.hops[0]?.device;
  return device === undefined ? 'unreachable' : (random.wans[Number(device.slice(3))] ?? 'unreachable');
}

/** Beyond what fits exactly into the slots of a map, a share is off by less than one slot in 256. */
const SLOT = 1 / 256;

function isLike(found: Shares, wanted: Shares): boolean {
  const names = new Set([...Object.keys(found), ...Object.keys(wanted)]);
  return [...names].every(
    (name) => name in found && name in wanted && Math.abs((found[name] ?? 0) - (wanted[name] ?? 0)) < SLOT,
  );
}

describe.each(['nftables', 'iptables'] as const)('any site in %s', (backend) => {
  it('sends every connection where its words say, by their shares, and it stays there', () => {
    fc.assert(
      fc.property(randomSite, fc.array(randomFlow, { minLength: 8, maxLength: 8 }), (random, flows) => {
        const { site, facts } = routerOf(random);
        const health = Object.fromEntries(random.down.map((wan) => [wan, 'down' as const]));
        const { desired } = compile(site, facts, { backend, health, allocation: { slots: {} } });
        const state = overlayPlan(facts, desired);
        for (const one of flows) {
          const device = homeOf(facts, one.source);
          if (one.source !== undefined && device === undefined) continue;
          const flow: Flow = {
            family: one.family,
            destination: one.destination,
            protocol: one.protocol,
            dscp: one.dscp,
            ...(one.source === undefined || device === undefined ? {} : { source: one.source, in: device }),
            ...(one.ports === undefined ? {} : { sourcePort: one.ports[0], destinationPort: one.ports[1] }),
          };
          const main = byMain(random, facts, one.family);
          const { main: toMain, ...rest } = said(random, one, device);
          // What the router sends itself is looked up before any rule: without a route there is no packet.
          const isMain = toMain !== undefined || (device === undefined && main === 'unreachable');
          const expected = isMain ? { [main]: 1 } : rest;
          const { shares, strays } = traced(random, state, flow);
          expect({ flow, strays, shares }).toEqual({
            flow,
            strays: [],
            shares: isLike(shares, expected) ? shares : expected,
          });
        }
      }),
      { numRuns: 100 },
    );
  });
});
