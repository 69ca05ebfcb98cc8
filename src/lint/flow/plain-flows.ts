import type { Table } from '../../kernel/netfilter.ts';
import type { Flow } from '../../trace/flow.ts';
import { TCP } from '../../trace/protocol.ts';
import { flowsOfWish } from './flows-of-wish.ts';
import { anyPacket, withField, withIn } from './wish.ts';
import type { World } from './world.ts';

/** What a router answers itself where the usual port is forwarded: ssh, or ssh where that is forwarded, too. */
const OWN_PORTS = [22, 60_022];

/**
 * Flows every router has: from inside to the internet, from the router, and by each uplink from outside. Rules that ask
 * for other protocols are goals of their own.
 */
export function plainFlows(world: World): readonly Flow[] {
  const wish = withField(anyPacket(world.family), 'protocol', [TCP, TCP], true);
  const cameBy = (devices: readonly string[]) =>
    devices.flatMap((device) => flowsOfWish(withIn(wish, [device], true), 'prerouting', world));
  const outside = cameBy(world.wans);
  const own = world.state.tables.some(forwards) ? OWN_PORTS : [];
  return [
    ...cameBy(world.lans),
    ...outside,
    ...own.flatMap((destinationPort) => outside.map((flow) => ({ ...flow, destinationPort }))),
    ...flowsOfWish(wish, 'output', world),
  ];
}

function forwards({ chains }: Table): boolean {
  return chains.some(({ rules }) =>
    rules.some(({ statements }) => statements.some((one) => one.kind === 'nat' && one.type === 'dnat')),
  );
}
