import { askRoute } from './ask-route.ts';
import { isOnFor } from './device-sysctl.ts';
import { isLocalAddress } from './local-address.ts';
import { addStep, type Path } from './path.ts';
import { UNREAD } from './policy-rule.ts';
import { isUnspecified } from './special-route.ts';
import type { RouteLookup } from './trace.ts';
import { highestOf, type World } from './world.ts';

const STRICT = 1;

/**
 * The kernel's look back at the source (__fib_validate_source): strict wants the way back to be by the same interface,
 * loose any way back; with policy rules, or local routes that somebody has added, a source that is the machine's own is
 * refused in any mode. IPv4 only; the mark counts with src_valid_mark (kernel-facts 5.9). `toward` is the interface the
 * packet is about to leave by, or `lo`.
 */
export function checkSource(path: Path, toward: string, done: Path[], world: World): Path[] {
  const { packet } = path;
  if (packet.family !== 'ipv4' || packet.iif === 'lo') return [path];
  // Who asks everybody for an address has none yet (brd_input).
  if (isUnspecified(packet.saddr)) return [path];
  const device = packet.iif;
  const mode = highestOf(world, device, 'rp_filter');
  const acceptsLocal = isOnFor(world.index, device, 'accept_local');
  const routing = world.index.routing('ipv4');
  if (mode === 0 && acceptsLocal) return [path];
  if (mode === 0 && !routing.customRules && !routing.customLocal) {
    if (isLocalAddress(world, 'ipv4', packet.saddr) !== true) return [path];
    return refuse(path, mode, 'the source is an address of this machine', done);
  }
  const alive: Path[] = [];
  const query = {
    family: 'ipv4' as const,
    asker: 'look back' as const,
    saddr: packet.daddr,
    daddr: packet.saddr,
    mark: isOnFor(world.index, device, 'src_valid_mark') ? packet.mark : 0,
    iif: toward,
    dscp: packet.dscp,
    ...(routing.readsPackets
      ? { protocol: packet.protocol, sport: packet.dport, dport: packet.sport }
      : UNREAD),
    uid: 0,
  };
  for (const { path: one, lookup } of askRoute(path, query, world)) {
    if (mode > 0) addStep(one, { kind: 'route', why: 'reverse path', lookup });
    const reason = refusal(lookup, device, mode, acceptsLocal, world);
    if (reason === undefined) alive.push(pass(one, mode));
    else refuse(one, mode, reason, done);
  }
  return alive;
}

/** Why the source is refused; undefined when it passes. */
function refusal(
  { result }: RouteLookup,
  device: string,
  mode: number,
  acceptsLocal: boolean,
  world: World,
): string | undefined {
  switch (result.kind) {
    case 'unicast': {
      const uses = result.route?.hops.some((hop) => hop.device === device) ?? result.device === device;
      // Without an address on the interface only the mode counts.
      const bare = !world.index.addresses('ipv4').some((each) => each.device === device);
      if (uses || mode === 0) return undefined;
      if (bare && world.index.addresses('ipv4').length > 0) return `${device} has no address`;
      return mode === STRICT ? `the way back is by ${result.device}` : undefined;
    }
    case 'local':
      return acceptsLocal ? undefined : 'the source is an address of this machine';
    case 'broadcast':
    case 'multicast':
    case 'anycast':
      return `the source is a ${result.kind} address`;
    case 'unknown':
    case 'martian':
      return undefined;
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
    case 'no-route':
      return mode === 0 ? undefined : 'there is no way back to the source';
  }
}

function pass(path: Path, mode: number): Path {
  if (mode > 0)
    addStep(path, {
      kind: 'reverse-path',
      interface: path.packet.iif,
      mode,
      passes: true,
      reason: 'the way back agrees',
    });
  return path;
}

function refuse(path: Path, mode: number, reason: string, done: Path[]): never[] {
  addStep(path, { kind: 'reverse-path', interface: path.packet.iif, mode, passes: false, reason });
  path.end = { kind: 'dropped', reason: `rp_filter ${mode} on ${path.packet.iif}: ${reason}` };
  done.push(path);
  return [];
}
