import { release } from 'node:os';
import { TableNames } from '../../../src/codec/ip-names.ts';
import { readPolicyRuleText } from '../../../src/codec/ip-rule-text.ts';
import { readNftJson } from '../../../src/codec/nft-json.ts';
import type { Route } from '../../../src/kernel/routing.ts';
import type { KernelState } from '../../../src/kernel/state.ts';
import type { Family } from '../../../src/net/family.ts';
import { iptables, route, router } from '../../unit/trace/router.ts';
import type { Ruleset, TestFlow } from './generate.ts';
import { sizeOf } from './hosts.ts';
import type { Observation, Seen } from './lane.ts';
import { OBSERVED } from './observer.ts';
import { inFamily } from './variation.ts';

interface SetListing {
  readonly set?: { readonly name: string; readonly elem?: readonly unknown[] };
}

export function gather(text: string, ruleset: Ruleset, flows: readonly TestFlow[]): Observation | string {
  const [observer = '', rules = '', table = ''] = text.split('=====');
  let listing: { nftables: readonly SetListing[] };
  try {
    listing = JSON.parse(observer) as typeof listing;
  } catch {
    return `unreadable: ${observer.slice(0, 300)}`;
  }
  const elements = (name: string) =>
    (listing.nftables.find((each) => each.set?.name === name)?.set?.elem ?? []).map(
      (each) => ((each as { concat?: unknown[] }).concat ?? [each]) as (number | string)[],
    );
  const seen = new Map<number, Seen>();
  const arrived = new Set<number>();
  for (const { prefix, packet } of OBSERVED) {
    const identity = (key: unknown) =>
      packet === undefined
        ? Number(key)
        : sizeOf(
            flows.findIndex((flow) => flow.from.port === key),
            packet,
          );
    see((name) => elements(`${prefix}${name}`).map(([key, ...rest]) => [identity(key), ...rest]), seen);
    for (const [key] of elements(`${prefix}arrived`)) arrived.add(identity(key));
  }
  const { tables } = readNftJson(rules);
  // iptables-nft tables are read from the text that made them: as nft they say something else (kernel-facts 7.1).
  const native = tables.filter((each) => !isIptables(each.name, each.family) && each.name !== 'observer');
  return {
    state: stateOf(ruleset, native),
    flows,
    seen,
    arrived,
    connections: readConnections(table),
  };
}

function see(
  elements: (name: string) => readonly (readonly [number, ...(number | string)[]])[],
  seen: Map<number, Seen>,
): void {
  const addresses = new Map(elements('addresses').map(([size, from, to]) => [size, [from, to]]));
  const add = (size: number, exit: unknown, mark: unknown, connmark?: unknown) => {
    const [source, destination] = addresses.get(size) ?? [];
    seen.set(size, {
      exit: String(exit),
      mark: Number(mark),
      connmark: connmark === undefined ? undefined : Number(connmark),
      source: String(source),
      destination: String(destination),
    });
  };
  for (const [size, mark, exit] of elements('bare')) add(size, exit, mark);
  for (const [size, mark, connmark, exit] of elements('marks')) add(size, exit, mark, connmark);
  for (const [size, mark] of elements('localbare')) add(size, 'local', mark);
  for (const [size, mark, connmark] of elements('localmarks')) add(size, 'local', mark, connmark);
}

function stateOf(ruleset: Ruleset, native: KernelState['tables']): KernelState {
  const { family } = ruleset;
  const base = routerOf(ruleset);
  const netfilter = family === 'ipv6' ? 'ip6' : 'ip';
  const { policyRules } = readPolicyRuleText(family, ruleset.rules.join('\n'), 'rules', new TableNames());
  return {
    ...base,
    policyRules: [...base.policyRules, ...policyRules],
    routes: [...base.routes, ...ruleset.routes.map((text) => routeOf(text, family))],
    // In the order they were registered: the legacy tables were there from the first ruleset on.
    tables: [
      ...iptables(ruleset.legacy, 'iptables-legacy', netfilter),
      ...native,
      ...iptables(ruleset.iptables, 'iptables-nft', netfilter),
    ],
    ipsets: ruleset.ipsetModel,
  };
}

/** What it asks of a packet beside its destination is kept as words. */
function routeOf(text: string, family: Family): Route {
  const condition = /\b(?:from|tos) \S+ ?/.exec(text)?.[0] ?? '';
  const plain = { ...route(text.replace(condition, '')), family };
  return condition === '' ? plain : { ...plain, attributes: condition.trim() };
}

/** The router without a ruleset, in the ruleset's family. */
function routerOf({ family, sysctls }: Ruleset): KernelState {
  // What a multipath route does depends on the kernel's age.
  const base = router({ sysctls: { 'kernel.osrelease': release(), ...sysctls } });
  if (family === 'ipv4') return base;
  const lengths: Readonly<Record<string, number>> = { lo: 128 };
  return {
    ...base,
    addresses: base.addresses.map((each) => ({
      ...each,
      family,
      address: each.device === 'lo' ? '::1' : inFamily(each.address, family),
      length: lengths[each.device] ?? 64,
    })),
    // IPv6 has no rule for a table `default`.
    policyRules: base.policyRules
      .filter(({ priority }) => priority !== 32767)
      .map((each) => ({ ...each, family })),
    routes: [
      'default via 198.51.100.1 dev wan0',
      '192.168.1.0/24 dev lan0',
      '198.51.100.0/24 dev wan0',
      '203.0.113.0/24 dev wan1',
    ].map((text) => ({ ...route(inFamily(text, family)), family })),
    sysctls: [...base.sysctls, { key: 'net.ipv6.conf.all.forwarding', value: '1' }],
  };
}

function isIptables(name: string, family: string): boolean {
  return /^ip6?$/.test(family) && ['raw', 'mangle', 'nat', 'filter'].includes(name);
}

function readConnections(text: string): readonly string[] {
  const entries = text.split('\n').flatMap((line) => {
    const found = /src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+) .*mark=(\d+)/.exec(line);
    if (found === null) return [];
    const [, source, destination, sport, dport, mark] = found;
    return [`${source}:${sport} ${destination}:${dport} mark=${mark}`];
  });
  return entries.sort();
}
