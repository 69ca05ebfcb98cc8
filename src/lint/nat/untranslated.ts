import { MAIN_TABLE } from '../../kernel/routing.ts';
import type { Family } from '../../net/family.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Flow } from '../../trace/flow.ts';
import type { RuleRef, TracePath } from '../../trace/trace.ts';
import { isAmong } from '../flow/mark-exits.ts';
import type { Machine } from '../machine.ts';
import { type InsideSource, insideSources } from './inside-sources.ts';
import { exampleName, leaving, onlyPostrouting, outwardFlow } from './leaving.ts';
import { hostsOfParts } from './parts-of-network.ts';
import { sourceRules } from './source-rules.ts';

/** A host that leaves untranslated by an uplink, though another one translates it, or rules translate others beside it. */
export interface Untranslated {
  readonly wan: string;
  readonly flow: Flow;
  readonly path: TracePath;
  /** The rule that translates it by another uplink, or others of its network. */
  readonly elsewhere: RuleRef;
  /** Its network, where no uplink translates this host. */
  readonly divided?: Prefix;
  /** Routes say that traffic leaves by it; otherwise it is taken from its role. */
  readonly routed: boolean;
}

export function untranslatedWans(machine: Machine, family: Family): readonly Untranslated[] {
  const { state, roles } = machine;
  if (roles.wans.length < 2 || sourceRules(state, family).length === 0) return [];
  const found = new Map<string, Untranslated>();
  for (const source of insideSources(machine, family))
    for (const protocol of PROTOCOLS)
      for (const one of ofSource(machine, family, source, protocol))
        if (!found.has(one.wan)) found.set(one.wan, one);
  return [...found.values()];
}

/** A rule may translate one of them and forget the other. */
const PROTOCOLS = ['tcp', 'udp'] as const;

/** Of the source itself, and of hosts of its network that rules may treat in another way. */
function ofSource(
  machine: Machine,
  family: Family,
  { lan, address, network }: InsideSource,
  protocol: Flow['protocol'],
): readonly Untranslated[] {
  const more = network === undefined ? [] : hostsOfParts(machine.state, network);
  const hosts = [address, ...more].map((host) => {
    const flow: Flow = { ...outwardFlow(family, lan, host), protocol };
    return { flow, ways: waysOut(machine, flow) };
  });
  const [anywhere] = hosts.flatMap(({ ways }) => translatorOf(ways) ?? []);
  const byOthers = hosts.flatMap(({ flow, ways }) => {
    const elsewhere = translatorOf(ways);
    return elsewhere === undefined ? [] : lacking(machine, flow, ways, { elsewhere });
  });
  if (anywhere === undefined || network === undefined) return byOthers;
  const byNone = hosts.flatMap(({ flow, ways }) =>
    translatorOf(ways) === undefined
      ? lacking(machine, flow, ways, { elsewhere: anywhere, divided: network })
      : [],
  );
  // Graver first: a host that one uplink translates is meant to have the internet by the others too.
  return [...byOthers, ...byNone];
}

interface WayOut {
  readonly wan: string;
  /** What translates the source there. */
  readonly by: RuleRef | undefined;
}

/** By the chains of POSTROUTING alone, and with any mark. */
function waysOut({ state, roles }: Machine, flow: Flow): readonly WayOut[] {
  return roles.wans.map((wan) => {
    const ways = leaving(onlyPostrouting(state), { ...flow, mark: 'unknown' }, exampleName(wan));
    return { wan, by: ways.find((way) => way.by !== undefined)?.by };
  });
}

function translatorOf(ways: readonly WayOut[]): RuleRef | undefined {
  return ways.find(({ by }) => by !== undefined)?.by;
}

function lacking(
  machine: Machine,
  flow: Flow,
  ways: readonly WayOut[],
  why: Pick<Untranslated, 'elsewhere' | 'divided'>,
): readonly Untranslated[] {
  return ways.flatMap(({ wan, by }) => {
    const use = by === undefined ? useOf(machine, flow.family, wan) : 'unused';
    if (use === 'unused') return [];
    // With all chains: what FORWARD drops does not leave.
    const whole = leaving(machine.state, flow, exampleName(wan));
    const path = whole.find((way) => way.leaves)?.path;
    if (path === undefined || whole.some((way) => way.by !== undefined)) return [];
    return [{ wan, flow, path, ...why, routed: use === 'routed' }];
  });
}

/** Uplinks by which traffic to the internet leaves, as far as is known. */
export function usedWans(machine: Machine, family: Family): readonly string[] {
  return machine.roles.wans.filter((wan) => useOf(machine, family, wan) !== 'unused');
}

/** Whether traffic to the internet leaves by it: a default route says so, and where none is known its role. */
function useOf(
  { state, given, site, roles }: Machine,
  family: Family,
  wan: string,
): 'routed' | 'likely' | 'unused' {
  const described = site?.wans.filter((one) => one.interface === wan) ?? [];
  // A site says itself which WANs translate, and which sources.
  if (described.some((one) => one.nat[family].kind === 'none' || one.sources !== undefined)) return 'unused';
  // Connections that come in by it have a mark of their own: so have those of networks inside.
  const onlyMarked = roles.guessed.some((why) => why.startsWith(`${wan} `) && why.includes('get a mark'));
  if (!given.routes.has(family)) return onlyMarked ? 'unused' : 'likely';
  const tables = new Set([MAIN_TABLE]);
  for (const { action } of state.policyRules) if (action.kind === 'lookup') tables.add(action.table);
  const isDefault = state.routes.some(
    (route) =>
      route.family === family &&
      route.type === 'unicast' &&
      route.destination.length === 0 &&
      (!given.policyRules.has(family) || tables.has(route.table)) &&
      route.hops.some(({ device }) => device !== undefined && isAmong(device, [wan])),
  );
  return isDefault ? 'routed' : 'unused';
}
