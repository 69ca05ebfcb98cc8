import type { PacketTrace } from '../../trace/trace.ts';
import { restoring } from './counterfactual.ts';
import type { Found } from './defect.ts';
import { localReply } from './lost-later.ts';
import { connmarkStep, markingStep } from './marking.ts';
import { exitOf } from './packet-facts.ts';
import { unsaved } from './unsaved.ts';
import { isWell, type Straying, savedState } from './well.ts';

/** A connection from outside whose mark was not saved, or not where the reply could use it. */
export function lostReply(straying: Straying, first: PacketTrace): Found | undefined {
  const { world } = straying;
  const saved = savedState(straying);
  if (isWell(straying, saved)) return unsaved(straying, first);
  // The connection may have been given its mark at once, without the packet.
  const marking = (markingStep(first, world.bits) ?? connmarkStep(first, world.bits))?.rule;
  if (marking === undefined || exitOf(first) !== 'this machine') return undefined;
  return isWell(straying, restoring(saved, world.bits)) ? localReply(straying, marking) : undefined;
}
