import type { Flow } from '../../trace/flow.ts';
import { flowsOfWish } from './flows-of-wish.ts';
import { anyPacket, withField, withIn } from './wish.ts';
import type { World } from './world.ts';

const TCP = 6;

/**
 * Flows every router has: from inside to the internet, from the router, and by each uplink from outside. Rules that ask
 * for other protocols are goals of their own.
 */
export function plainFlows(world: World): readonly Flow[] {
  const wish = withField(anyPacket(world.family), 'protocol', [TCP, TCP], true);
  const sides = [...world.lans, ...world.wans].map((device) => withIn(wish, [device], true));
  return [
    ...sides.flatMap((side) => flowsOfWish(side, 'prerouting', world)),
    ...flowsOfWish(wish, 'output', world),
  ];
}
