import type { Flow } from '../../trace/flow.ts';
import { flowsOfWish } from './flows-of-wish.ts';
import { anyPacket, withField, withIn } from './wish.ts';
import type { World } from './world.ts';

const TCP = 6;
const UDP = 17;

/** Flows every router has: from inside to the internet, from the router, and by each uplink from outside. */
export function plainFlows(world: World): readonly Flow[] {
  const any = anyPacket(world.family);
  return [TCP, UDP].flatMap((protocol) => {
    const wish = withField(any, 'protocol', [protocol, protocol], true);
    const sides = [...world.lans, ...world.wans].map((device) => withIn(wish, [device], true));
    return [
      ...sides.flatMap((side) => flowsOfWish(side, 'prerouting', world)),
      ...flowsOfWish(wish, 'output', world),
    ];
  });
}
