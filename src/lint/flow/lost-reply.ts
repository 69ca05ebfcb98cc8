import type { PacketTrace } from '../../trace/trace.ts';
import { restoring } from './counterfactual.ts';
import type { Found } from './defect.ts';
import { asIfStaying, isLeaving } from './leaving.ts';
import { localReply } from './lost-later.ts';
import { connmarkStep, markingStep } from './marking.ts';
import { exitOf, ruleSteps } from './packet-facts.ts';
import { unsaved } from './unsaved.ts';
import { isWell, type Straying, savedState } from './well.ts';

/** A connection from outside whose mark was not saved, or not where the reply could use it. */
export function lostReply(straying: Straying, first: PacketTrace): Found | undefined {
  const { world } = straying;
  const saved = savedState(straying);
  if (isWell(straying, saved)) return unsaved(straying, first);
  // The connection may have been given its mark at once, without the packet.
  const marking = (markingStep(first, world.bits) ?? connmarkStep(first, world.bits))?.rule;
  if (exitOf(first) !== 'this machine') return undefined;
  if (marking === undefined) return entryNotReached(straying, first);
  return isWell(straying, restoring(saved, world.bits)) ? localReply(straying, marking) : undefined;
}

/** What comes in by this uplink has a mark of its own, but a rule before leaves the chain. */
function entryNotReached(straying: Straying, first: PacketTrace): Found | undefined {
  const { world, flow } = straying;
  if (!world.routed || !world.entries.some(({ device }) => device === flow.in)) return undefined;
  const culprit = ruleSteps(first).find(
    ({ step }) => isLeaving(step) && isWell(straying, asIfStaying(world.state, [step])),
  )?.step;
  if (culprit === undefined) return undefined;
  return { kind: 'local-reply-loses-mark', rule: culprit.rule, packet: 'P1', detail: 'not reached' };
}
