import type { KernelState } from '../../kernel/state.ts';
import type { Flow } from '../../trace/flow.ts';
import type { PacketName, Trace } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import { hostRoute, ownAddress } from './build-routing.ts';
import type { World } from './world.ts';

/** An ICMP error goes the way of the connection, which is judged already. */
const PACKETS: readonly PacketName[] = ['P1', 'P1b', 'R', 'P3'];

/** Follows a flow through the world; undefined where it is none. */
export function traceInWorld(
  world: World,
  flow: Flow,
  state: KernelState = world.state,
  packets = PACKETS,
): Trace | undefined {
  const trace = traceFlow(withHosts(world, flow, state), flow, { packets });
  return typeof trace === 'string' ? undefined : trace;
}

/** States with hosts by what was added: flows of the same hosts share what is made ready for one. */
const KNOWN = new WeakMap<KernelState, Map<string, KernelState>>();

/** Where routes are made up, so is the place of the hosts that talk: inside behind their interface, the router's own. */
function withHosts(world: World, { in: device, source, destination }: Flow, state: KernelState): KernelState {
  if (world.routed) return state;
  const { family } = world;
  const isKnown = (address: string) =>
    state.addresses.some((one) => one.address === address) ||
    state.routes.some(({ destination: to }) => to.address === address);
  const fromOutside = device !== undefined && world.wans.includes(device);
  const inside = device !== undefined && !fromOutside && source !== undefined && !isKnown(source);
  const routes = inside ? [...state.routes, hostRoute(family, source, device)] : state.routes;
  const ownSource = device === undefined && source !== undefined && !isKnown(source) ? [source] : [];
  const ownTarget = fromOutside && !isKnown(destination) ? [destination] : [];
  const home = device ?? world.wans[0] ?? 'lo';
  const name = [inside ? `${source} ${device}` : '', ...ownSource, ...ownTarget, home].join(' ');
  const known = KNOWN.get(state) ?? new Map<string, KernelState>();
  KNOWN.set(state, known);
  const same = known.get(name);
  if (same !== undefined) return same;
  const addresses = [
    ...state.addresses,
    ...[...ownSource, ...ownTarget].map((address) => ownAddress(family, address, home)),
  ];
  const made = { ...state, routes, addresses };
  known.set(name, made);
  return made;
}
