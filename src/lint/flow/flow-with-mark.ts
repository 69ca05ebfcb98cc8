import type { PolicyRule } from '../../kernel/routing.ts';
import { addressBits, type Family } from '../../net/family.ts';
import { addressFromNumber, type Prefix, prefixRange } from '../../net/prefix.ts';
import type { Flow } from '../../trace/flow.ts';
import { TCP } from '../../trace/protocol.ts';
import type { TracePath } from '../../trace/trace.ts';
import type { Machine } from '../machine.ts';
import { flowsOfWish } from './flows-of-wish.ts';
import { homeOf } from './places.ts';
import { plainWorld } from './plain-world.ts';
import type { ShownFlow } from './shown-flow.ts';
import { isSpent, traceWithin } from './trace-within.ts';
import { anyPacket, withField } from './wish.ts';
import type { World } from './world.ts';

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
  const world = plainWorld(machine, family);
  const own = from !== undefined && from.length === addressBits(family) && isOwn(world, from.address);
  const source =
    from === undefined || from.length === 0 ? undefined : own ? from.address : hostIn(from, world);
  const home = source === undefined || own ? undefined : homeOf(world, source);
  const asked: Partial<Flow> = {
    ...(fwmark === undefined ? {} : { mark: (fwmark.value & fwmark.mask) >>> 0 }),
    ...(iif === undefined || iif === 'lo' ? (home === undefined ? {} : { in: home }) : { in: iif }),
    ...(source === undefined ? {} : { source }),
    ...(to === undefined || to.length === 0 ? {} : { destination: hostIn(to, world) }),
  };
  return followMarked(machine, family, iif === 'lo' || own ? 'router' : 'inside', asked, policyRules);
}

function isOwn({ state }: World, host: string): boolean {
  return state.addresses.some(({ address }) => address === host);
}

/** The network's own address is nobody's, and the first ones are mostly the router's. */
const HOSTS = [10n, 20n, 2n, 1n, 0n];

function hostIn(prefix: Prefix, world: World): string {
  const { first, last } = prefixRange(prefix);
  const hosts = HOSTS.filter((nth) => first + nth <= last).map((nth) =>
    addressFromNumber(prefix.family, first + nth),
  );
  return hosts.find((host) => !isOwn(world, host)) ?? prefix.address;
}

function followMarked(
  machine: Machine,
  family: Family,
  from: 'inside' | 'router',
  asked: Partial<Flow>,
  policyRules?: readonly PolicyRule[],
): ShownFlow | undefined {
  if (isSpent(machine)) return undefined;
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
