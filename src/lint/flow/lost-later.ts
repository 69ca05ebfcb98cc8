import type { PacketTrace, RuleRef } from '../../trace/trace.ts';
import { basesOfRule } from '../all-rules.ts';
import { restoring } from './counterfactual.ts';
import type { Found } from './defect.ts';
import { connBits } from './judge.ts';
import { connmarkStep, copies, isRestore, isSave, lateMarkingStep, markingStep, refOf } from './marking.ts';
import { bitsOf, exitOf, packetOf, type RuleStep, routing, ruleSteps, sameRule } from './packet-facts.ts';
import { canRoute } from './routing-fields.ts';
import { isWell, type Straying } from './well.ts';
import type { World } from './world.ts';

/** The connection had the mark: it was drawn anew, overwritten by the reply, or not restored in time. */
export function lostLater(straying: Straying, first: PacketTrace): Found | undefined {
  const { world, path, astray } = straying;
  const marking = markingStep(first, world.bits)?.rule;
  const packet = packetOf(path, astray);
  const reply = packetOf(path, 'R');
  if (packet === undefined) return undefined;
  const saved = connBits(world, first);
  const overwritten = reply === undefined ? undefined : connmarkStep(reply, world.bits);
  const isOverwritten = astray === 'P3' && reply !== undefined && connBits(world, reply) !== saved;
  // A save that finds no mark on the reply clears the connection's: what is missing is the restore before it.
  const isCleared = isOverwritten && markingStep(reply, world.bits) === undefined;
  const tooLate =
    isCleared && overwritten !== undefined && isRestoredBehind(world, [reply, packet], overwritten);
  if (isCleared && !tooLate) {
    const found = notRestored(straying, packet, marking);
    if (found !== undefined) return found;
  }
  if (isOverwritten && overwritten !== undefined) {
    const detail = tooLate ? 'restored behind' : '';
    return withMarking(
      { kind: 'reply-overwrites-mark', rule: overwritten.rule, packet: 'R', detail },
      marking,
    );
  }
  const step = drawnAnew(world, packet);
  if (astray !== 'R' && step !== undefined)
    return withMarking(
      { kind: 'reroll-while-new', rule: step.rule, packet: astray, detail: astray },
      marking,
    );
  return notRestored(straying, packet, marking);
}

/** Whether one of the packets comes by the rule, and then by a restore that is in time for its routing. */
function isRestoredBehind(world: World, packets: readonly PacketTrace[], { rule }: RuleStep): boolean {
  return packets.some((packet) => {
    const steps = ruleSteps(packet);
    const from = steps.findIndex(({ step }) => sameRule(step.rule, rule));
    const routedAt = routing(packet)?.at ?? packet.steps.length;
    return (
      from !== -1 &&
      steps.slice(from + 1).some(({ step, at }) => at < routedAt && isRestore(world, step.rule))
    );
  });
}

/** The rule that gave the packet, or its connection, another mark than it had. */
function drawnAnew(world: World, packet: PacketTrace): RuleStep | undefined {
  const step = markingStep(packet, world.bits);
  if (step !== undefined && !isRestore(world, step.rule)) return step;
  const written = connmarkStep(packet, world.bits);
  return written === undefined || isSave(world, written.rule) ? undefined : written;
}

function withMarking(found: Found, marking: RuleRef | undefined): Found {
  return marking === undefined ? found : { ...found, marking };
}

function notRestored(
  straying: Straying,
  packet: PacketTrace,
  marking: RuleRef | undefined,
): Found | undefined {
  const { world, astray, path, flow } = straying;
  const first = packetOf(path, 'P1');
  if (!isWell(straying, restoring(world.state, world.bits)))
    return astray === 'R' && first !== undefined ? anothersMark(straying, first) : undefined;
  if (astray === 'R' && first !== undefined && exitOf(first) === 'this machine')
    return localReply(straying, marking);
  const routedAt = routing(packet)?.at ?? packet.steps.length;
  const late = ruleSteps(packet).findLast(
    ({ step, at }) =>
      at > routedAt &&
      isRestore(world, step.rule) &&
      bitsOf(step.mark[1], world.bits) === connBits(world, first),
  )?.step;
  if (late !== undefined)
    return withMarking(
      { kind: 'restore-in-wrong-hook', rule: late.rule, packet: astray, detail: late.hook },
      marking,
    );
  const anew = astray === 'R' ? drawnAnew(world, packet) : undefined;
  if (anew !== undefined)
    return withMarking({ kind: 'reroll-while-new', rule: anew.rule, packet: 'R', detail: 'R' }, marking);
  // What is restored in time, and under another mask than it was saved by, is mask-mismatch's to tell.
  const inTime = ruleSteps(packet).some(
    ({ step }) => isRestore(world, step.rule) && isPart(world, first, step),
  );
  if (inTime) return undefined;
  if (marking === undefined || (astray === 'R' && !isOfHostInside(world, first))) return undefined;
  const [elsewhere] = copies(world, 'packet');
  const hooks = elsewhere === undefined ? [] : basesOfRule(elsewhere.at).map(({ hook }) => hook);
  if (elsewhere !== undefined && hooks.length > 0 && !canRoute(elsewhere.at))
    return {
      kind: 'restore-in-wrong-hook',
      rule: refOf(elsewhere),
      packet: astray,
      detail: hooks.join(' and '),
      marking,
    };
  const detail =
    elsewhere === undefined ? 'nowhere' : flow.in === undefined ? 'not in output' : 'not in prerouting';
  return { kind: 'restore-in-wrong-hook', rule: marking, packet: 'P1', detail, marking };
}

/**
 * Whether it is a reply that only the mark could lead back. Those through port forwards have a check of their own, and where
 * not all is given, a policy rule by the host's address may do it.
 */
function isOfHostInside({ given, routed }: World, first: PacketTrace | undefined): boolean {
  const isForwarded = first?.steps.some((step) => step.kind === 'rule' && step.verdict === 'dnat') ?? true;
  return given && routed && !isForwarded;
}

/** Whether it gave the packet some bits of the connection's mark, and not all. */
function isPart(world: World, first: PacketTrace | undefined, step: RuleStep): boolean {
  const saved = first === undefined ? undefined : connBits(world, first);
  const given = bitsOf(step.mark[1], world.bits);
  if (saved === undefined || given === undefined || given === saved) return false;
  return given !== 0 && (given & ~saved) === 0;
}

/** Connections to the router by this uplink have a mark of its own, but this one got another's: its answers leave there. */
function anothersMark({ world, flow }: Straying, first: PacketTrace): Found | undefined {
  const marking = markingStep(first, world.bits) ?? connmarkStep(first, world.bits);
  const entries = world.entries.filter(({ device }) => device === flow.in);
  const saved = connBits(world, first) ?? 0;
  // With its own it is not the mark that keeps the answer from going back.
  const isOwn = entries.some(({ value, mask }) => ((saved ^ value) & mask & world.bits) === 0);
  if (!world.routed || entries.length === 0 || isOwn || marking === undefined) return undefined;
  if (exitOf(first) !== 'this machine') return undefined;
  return { kind: 'local-reply-loses-mark', rule: marking.rule, packet: 'P1', detail: 'another' };
}

/** The router's answer to a connection that came in by an uplink. */
export function localReply({ world, path }: Straying, marking: RuleRef | undefined): Found | undefined {
  const reply = packetOf(path, 'R');
  const late = reply === undefined ? undefined : lateMarkingStep(reply, world.bits);
  if (late?.hook === 'output')
    return withMarking(
      { kind: 'output-mark-not-rerouted', rule: late.rule, packet: 'R', detail: 'reply' },
      marking,
    );
  // Where not all is given, a policy rule by the router's own address may well send it back.
  if (!world.given || !world.routed || marking === undefined) return undefined;
  return { kind: 'local-reply-loses-mark', rule: marking, packet: 'P1', detail: '', marking };
}
