import type { Site } from '../../config/site.ts';
import { type ExpectedExit, expectedExit, policyOf } from '../../lab/expected.ts';
import type { Flow as LabFlow } from '../../lab/flow.ts';
import { otherMac } from '../../lab/flow-kinds.ts';
import type { Layout } from '../../lab/layout.ts';
import { wanAddress } from '../../lab/topology.ts';
import { whyNoFlow } from '../../lab/why-no-flow.ts';
import type { Family } from '../../net/family.ts';
import type { Flow } from '../../trace/flow.ts';

/** A flow of the matrix, and what the site asks of it. */
export interface VerifyFlow {
  readonly kind: 'steered' | 'router' | 'inbound' | 'forward';
  readonly label: string;
  readonly family: Family;
  readonly flow: Flow;
  /** For inbound flows the WAN by which the answers have to go. */
  readonly expected: (down: readonly string[]) => ExpectedExit;
  /** WAN it comes in by. */
  readonly by?: string;
}

/** ssh: a service of the router itself that people reach from outside. */
const SERVICE_PORT = 22;

/** A flow for every steering rule, what no rule takes, the router's own, the router as server, and each port forward. */
export function verifyFlows(
  site: Site,
  layout: Layout,
): { readonly flows: readonly VerifyFlow[]; readonly untried: readonly string[] } {
  const untried: string[] = [];
  const steered = layout.flows.flatMap(({ rule, family, flow }): VerifyFlow[] => {
    if (flow === undefined) {
      untried.push(`${rule?.name ?? 'no rule'} (${family}): not tried: ${whyNoFlow(rule)}`);
      return [];
    }
    const router = flow.in === 'router';
    const policy = policyOf(site, rule, flow);
    return [
      {
        kind: router ? 'router' : 'steered',
        label: rule?.name ?? (router ? "(router's own)" : '(no rule)'),
        family,
        flow: traceable(flow, site),
        expected: (down) => expectedExit(site, layout.topology, policy, family, down),
      },
    ];
  });
  return { flows: [...steered, ...inbound(site, layout)], untried };
}

/** As trace takes it: ICMP by the family's own name, and nothing left open that a steering rule may ask for. */
export function traceable({ in: entry, ...flow }: LabFlow, site: Site): Flow {
  const protocol = flow.protocol === 'icmp' && flow.family === 'ipv6' ? 'icmpv6' : flow.protocol;
  const sent = { ...flow, protocol, dscp: flow.dscp ?? 0, fromProgram: true };
  if (entry === 'router') return sent;
  const matches = site.steering.map(({ match }) => match);
  const asksMac = matches.some(({ mac }) => mac !== undefined);
  return { ...sent, in: entry, ...(asksMac ? { mac: flow.mac ?? otherMac(matches) } : {}) };
}

function inbound(site: Site, { topology }: Layout): readonly VerifyFlow[] {
  return site.wans.flatMap((wan) =>
    wan.families.flatMap((family): VerifyFlow[] => {
      const address = wanAddress(topology, wan.name, family);
      if (address === undefined) return [];
      const base = { family, in: wan.interface, source: topology.internet[family], destination: address };
      const expected = (): ExpectedExit => ({ kind: 'wans', shares: [{ wan: wan.name, percent: 100 }] });
      const service: VerifyFlow = {
        kind: 'inbound',
        label: `from ${wan.name}`,
        family,
        flow: { ...base, protocol: 'tcp', destinationPort: SERVICE_PORT },
        expected,
        by: wan.name,
      };
      const forwards = [...wan.portForwards, ...site.portForwards]
        .filter((forward) => forward.to.family === family)
        .map(
          ({ protocol, port }): VerifyFlow => ({
            kind: 'forward',
            label: `${wan.name} ${protocol} ${port.from}`,
            family,
            flow: { ...base, protocol, destinationPort: port.from },
            expected,
            by: wan.name,
          }),
        );
      // A forwarded port of the router's own service is a forward.
      const taken = forwards.some(
        ({ flow }) => flow.protocol === 'tcp' && flow.destinationPort === SERVICE_PORT,
      );
      return taken ? forwards : [service, ...forwards];
    }),
  );
}
