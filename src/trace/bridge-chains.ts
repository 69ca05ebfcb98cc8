import { changesPackets, dropsPackets } from './chain-powers.ts';
import type { StateIndex } from './index-state.ts';
import { noteUnmodelled, type World } from './world.ts';

/**
 * What comes in by a bridge has met the bridge family's chains at its port, with the mark that it keeps (br_pass_frame_up).
 * They see frames between ports as well, and ports are not followed: it is told that they are there.
 */
export function noteBridgeChains(device: string, world: World): void {
  for (const table of world.index.state.tables) {
    if (table.family !== 'bridge' || table.dormant === true || !mayBeBridge(device, world.index)) continue;
    const chains = table.chains.filter(({ base }) => base?.hook === 'prerouting' || base?.hook === 'input');
    const may = [
      ...(chains.some((chain) => changesPackets(table, chain)) ? ['change its mark'] : []),
      ...(chains.some((chain) => dropsPackets(table, chain)) ? ['drop it'] : []),
    ];
    if (may.length === 0) continue;
    noteUnmodelled(
      world,
      `what comes in by ${device} has met the chains of table bridge ${table.name}, which may ${may.join(' or ')}`,
    );
  }
}

/**
 * `ip` names a link's kind only when asked for details; a bridge is seen by its ports, too, unless the state has no
 * links.
 */
function mayBeBridge(device: string, { state, link }: StateIndex): boolean {
  const known = link(device);
  if (known?.kind !== undefined) return known.kind === 'bridge';
  return known === undefined || state.links.some(({ master }) => master === device);
}
