import type { Site, SteeringRule } from '../config/site.ts';
import type { Family } from '../net/family.ts';
import type { Flow } from './flow.ts';
import type { Topology } from './topology.ts';

/**
 * Where the site says a new connection goes. `main`: by the machine's own default route (without `wan` there is none);
 * nobody tells it that a WAN is `cut`, and nothing comes back then.
 */
export type ExpectedExit =
  | { readonly kind: 'wans'; readonly shares: readonly Share[] }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'main'; readonly wan?: string; readonly cut?: true };

export interface Share {
  readonly wan: string;
  readonly percent: number;
}

/** The policy that speaks of a flow: its rule's, else that of the router's own connections. */
export function policyOf(
  site: Site,
  rule: SteeringRule | undefined,
  flow: Pick<Flow, 'in'> | undefined,
): string | undefined {
  return rule?.policy ?? (flow?.in === 'router' ? site.localTraffic?.value : undefined);
}

/** Reads the policy as the site writes it: the lowest tier with a WAN that is up and has the family, by weight. */
export function expectedExit(
  site: Site,
  topology: Topology,
  policyName: string | undefined,
  family: Family,
  down: readonly string[],
): ExpectedExit {
  const policy = site.policies.find((candidate) => candidate.name === policyName);
  if (policy === undefined) return mainExit(topology, family, down);
  const usable = policy.members.filter(
    (member) =>
      !down.includes(member.wan) &&
      site.wans.some((wan) => wan.name === member.wan && wan.families.includes(family)),
  );
  if (usable.length === 0)
    return policy.lastResort === 'main' ? mainExit(topology, family, down) : { kind: policy.lastResort };
  const tier = Math.min(...usable.map((member) => member.tier));
  const active = usable.filter((member) => member.tier === tier);
  const total = active.reduce((sum, member) => sum + member.weight, 0);
  return {
    kind: 'wans',
    shares: active.map((member) => ({ wan: member.wan, percent: (100 * member.weight) / total })),
  };
}

/** What an expectation names: a WAN, or a last resort. */
export function expectedByName(
  topology: Topology,
  exit: string,
  family: Family,
  down: readonly string[],
): ExpectedExit {
  if (topology.wans.some((wan) => wan.name === exit))
    return { kind: 'wans', shares: [{ wan: exit, percent: 100 }] };
  if (exit === 'main') return mainExit(topology, family, down);
  return { kind: exit === 'blackhole' ? 'blackhole' : 'unreachable' };
}

function mainExit(topology: Topology, family: Family, down: readonly string[]): ExpectedExit {
  const defaults = topology.wans
    .flatMap((wan) => wan.links.map((link) => ({ wan: wan.name, ...link })))
    .filter((link) => link.family === family && link.metric !== undefined)
    .sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0));
  const first = defaults[0]?.wan;
  if (first === undefined) return { kind: 'main' };
  return { kind: 'main', wan: first, ...(down.includes(first) ? { cut: true } : {}) };
}
