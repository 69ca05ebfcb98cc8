import type { PolicyRule } from '../../kernel/routing.ts';
import type { Family } from '../../net/family.ts';
import { addressFromNumber, type Prefix, prefixRange } from '../../net/prefix.ts';
import type { Flow } from '../../trace/flow.ts';
import type { TracePath } from '../../trace/trace.ts';
import type { Machine } from '../machine.ts';
import { flowsOfWish } from './flows-of-wish.ts';
import { plainWorld } from './plain-world.ts';
import type { ShownFlow } from './shown-flow.ts';
import { traceWithin } from './trace-within.ts';
import { anyPacket, withField } from './wish.ts';

const TCP = 6;

/** How routing alone sends a packet that carries this mark to the world: from a client inside, or from the router. */
export function flowWithMark(
  machine: Machine,
  family: Family,
  mark: number,
  from: 'inside' | 'router' = 'inside',
): ShownFlow | undefined {
  return followMarked(machine, family, from, { mark });
}

/** How a packet fares that a policy rule is for; what it asks that no flow can have is left out. */
export function flowOfPolicyRule(
  machine: Machine,
  { family, selector }: PolicyRule,
  policyRules?: readonly PolicyRule[],
): ShownFlow | undefined {
  const { iif, from, to, fwmark, not } = selector;
  if (not === true) return followMarked(machine, family, 'inside', {}, policyRules);
  const asked: Partial<Flow> = {
    ...(fwmark === undefined ? {} : { mark: (fwmark.value & fwmark.mask) >>> 0 }),
    ...(iif === undefined || iif === 'lo' ? {} : { in: iif }),
    ...(from === undefined || from.length === 0 ? {} : { source: hostIn(from) }),
    ...(to === undefined || to.length === 0 ? {} : { destination: hostIn(to) }),
  };
  return followMarked(machine, family, iif === 'lo' ? 'router' : 'inside', asked, policyRules);
}

/** The network's own address is nobody's. */
function hostIn(prefix: Prefix): string {
  const { first, last } = prefixRange(prefix);
  return addressFromNumber(prefix.family, first < last ? first + 1n : first);
}

function followMarked(
  machine: Machine,
  family: Family,
  from: 'inside' | 'router',
  asked: Partial<Flow>,
  policyRules?: readonly PolicyRule[],
): ShownFlow | undefined {
  const world = plainWorld(machine, family);
  const wish = withField(anyPacket(family), 'protocol', [TCP, TCP], true);
  const plain = flowsOfWish(wish, from === 'router' ? 'output' : 'prerouting', world);
  const [first] = plain;
  if (first === undefined) return undefined;
  const flow = { ...first, ...asked };
  const routing = { ...world.state, tables: [], ...(policyRules === undefined ? {} : { policyRules }) };
  const path: TracePath | undefined = traceWithin(machine, world, flow, ['P1'], routing)?.paths[0];
  return path === undefined ? undefined : { world, flow, path };
}
