import type { PacketTrace } from '../../trace/trace.ts';
import type { Defect, Found } from './defect.ts';
import { connBits, routedBits } from './judge.ts';
import { lostLater } from './lost-later.ts';
import { lostReply } from './lost-reply.ts';
import { connmarkStep, isSave, lateMarkingStep, markingStep } from './marking.ts';
import { bitsOf, packetOf, ruleSteps } from './packet-facts.ts';
import { unsaved } from './unsaved.ts';
import type { Straying } from './well.ts';
import type { World } from './world.ts';

/** The one thing that is wrong; undefined where it is not the mark's fault, or cannot be told without policy rules. */
export function classify(straying: Straying): Defect | undefined {
  const first = packetOf(straying.path, 'P1');
  const found = first === undefined ? undefined : findDefect(straying, first);
  return found === undefined ? undefined : { ...straying, ...found };
}

function findDefect(straying: Straying, first: PacketTrace): Found | undefined {
  const { world, astray } = straying;
  const marked = routedBits(world, first);
  const saved = connBits(world, first);
  if (saved !== undefined && saved === marked && marked !== 0) return lostLater(straying, first);
  return (
    saveWithoutEntry(world, first) ??
    markedLate(straying, first) ??
    (astray === 'R' ? lostReply(straying, first) : unsaved(straying, first)) ??
    markedAnew(straying)
  );
}

const NO_ENTRY = 'connmark: no entry to write to';

/** A save that ran where the packet had no entry yet, or never gets one (kernel-facts 4.1). */
function saveWithoutEntry(world: World, first: PacketTrace): Found | undefined {
  if ((connBits(world, first) ?? 0) !== 0) return undefined;
  const step = ruleSteps(first).find(
    ({ step: one }) => one.effects.includes(NO_ENTRY) && isSave(world, one.rule),
  )?.step;
  if (step === undefined) return undefined;
  return { kind: 'connmark-without-conntrack', rule: step.rule, packet: 'P1', detail: first.end.state };
}

/** The first packet was routed before it got the mark that later ones are routed by (kernel-facts 5.1, 5.2). */
function markedLate({ world, path, astray }: Straying, first: PacketTrace): Found | undefined {
  const step = lateMarkingStep(first, world.bits);
  const end = bitsOf(first.end.mark, world.bits);
  if (step === undefined || end === 0 || astray === 'R') return undefined;
  if (routedBits(world, packetOf(path, astray)) !== end || connBits(world, first) !== end) return undefined;
  const kind = step.hook === 'output' ? 'output-mark-not-rerouted' : 'mark-after-routing';
  return { kind, rule: step.rule, packet: 'P1', detail: step.hook, marking: step.rule };
}

/**
 * The first packet had no mark, or one that nothing could keep, and a later one gets another. What has no mark leaves by
 * main's default: only where routes are given is it known to be another WAN's than the mark's.
 */
function markedAnew({ world, path, astray }: Straying): Found | undefined {
  const packet = packetOf(path, astray);
  const reply = packetOf(path, 'R');
  if (packet === undefined || astray === 'R') return undefined;
  if (!world.routed && routedBits(world, packetOf(path, 'P1')) === 0) return undefined;
  const written = reply === undefined ? undefined : connmarkStep(reply, world.bits);
  if (astray === 'P3' && written !== undefined)
    return { kind: 'reply-overwrites-mark', rule: written.rule, packet: 'R', detail: 'unmarked' };
  const step = markingStep(packet, world.bits);
  if (step === undefined) return undefined;
  return { kind: 'reroll-while-new', rule: step.rule, packet: astray, detail: astray };
}
