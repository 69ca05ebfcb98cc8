import { LOCAL_TABLE, type RouteType } from '../kernel/routing.ts';
import type { Family } from '../net/family.ts';
import { networkStretch } from './operand.ts';
import { isPoint, type Term } from './term.ts';
import type { World } from './world.ts';

/** Whether an address is the machine's own; undefined when that cannot be said. */
export function isLocalAddress(world: World, family: Family, address: Term): boolean | undefined {
  const type = localType(world, family, address);
  return type === undefined ? undefined : type === 'local';
}

/** What the local table says of an address; what is not there is unicast. Undefined when that cannot be said. */
export function localType(world: World, family: Family, address: Term): RouteType | undefined {
  const table = world.index.routing(family).table(LOCAL_TABLE);
  if (!isPoint(address) || table === undefined) return undefined;
  for (const length of table.lengths) {
    const [route] = table.at(length, networkStretch(address, length)[0]);
    if (route !== undefined) return route.type;
  }
  return 'unicast';
}
