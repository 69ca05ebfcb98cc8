import type { Flow } from '../../trace/flow.ts';
import { isAmong } from './mark-exits.ts';
import { clientsBehind, hostsOf, ownAddressesOf } from './places.ts';
import type { ShownFlow } from './shown-flow.ts';
import type { World } from './world.ts';

/** ICMP's numbers: each family has its own. */
const ICMP: Readonly<Record<string, string>> = { icmp: 'icmpv6', icmpv6: 'icmp', 1: 'icmpv6', 58: 'icmp' };

/** The same flow in the other family: between hosts in the same places. */
export function flowOfOther({ flow, world: from }: ShownFlow, world: World): Flow {
  const { in: device, source: _, icmpType, ...same } = flow;
  const source = sourceOf(flow, world);
  return {
    ...same,
    family: world.family,
    ...(device === undefined ? {} : { in: device }),
    ...(source === undefined ? {} : { source }),
    destination: destinationOf(flow, from, world),
    protocol: ICMP[String(flow.protocol)] ?? flow.protocol,
  };
}

function sourceOf({ in: device }: Flow, world: World): string | undefined {
  if (device === undefined) return undefined;
  return isAmong(device, world.wans) ? hostsOf(world).visitor : clientOf(world, device);
}

function destinationOf({ in: device, destination }: Flow, from: World, world: World): string {
  const isOwn = from.state.addresses.some(({ address }) => address === destination);
  const [own] = isOwn && device !== undefined ? ownAddressesOf(world, device) : [];
  if (own !== undefined) return own;
  const isForInside = device !== undefined && isAmong(device, from.wans);
  const [inside] = world.lans;
  return (
    (isForInside && inside !== undefined ? clientOf(world, inside) : undefined) ?? hostsOf(world).internet
  );
}

function clientOf(world: World, device: string): string | undefined {
  return clientsBehind(world, device)[0];
}
