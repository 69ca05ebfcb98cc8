import type { KernelState } from '../../kernel/state.ts';
import type { PacketTrace, RuleRef } from '../../trace/trace.ts';
import type { MarkRead } from '../marks/mark-read.ts';
import { markUses } from '../marks/mark-uses.ts';
import type { MarkWrite } from '../marks/mark-write.ts';
import { bitsOf, type RuleStep, routing, ruleSteps } from './packet-facts.ts';
import { ruleOfRef } from './rule-of-ref.ts';
import type { World } from './world.ts';

/** The rule that gave the packet the bits it was routed by; undefined where it has none, or came with them. */
export function markingStep(packet: PacketTrace, bits: number): RuleStep | undefined {
  const at = routing(packet)?.at ?? packet.steps.length;
  return lastChange(packet, bits, (place) => place < at);
}

/** The rule that changed them when the packet was routed already. */
export function lateMarkingStep(packet: PacketTrace, bits: number): RuleStep | undefined {
  const at = routing(packet)?.at ?? packet.steps.length;
  return lastChange(packet, bits, (place) => place > at);
}

function lastChange(packet: PacketTrace, bits: number, where: (at: number) => boolean): RuleStep | undefined {
  return ruleSteps(packet).findLast(
    ({ step, at }) => where(at) && bitsOf(step.mark[0], bits) !== bitsOf(step.mark[1], bits),
  )?.step;
}

/** The rule that last changed the connmark. */
export function connmarkStep(packet: PacketTrace, bits: number): RuleStep | undefined {
  return ruleSteps(packet).findLast(
    ({ step }) =>
      step.connmark !== undefined && bitsOf(step.connmark[0], bits) !== bitsOf(step.connmark[1], bits),
  )?.step;
}

/** Steps of rules after this one, in their order. */
export function stepsAfter(packet: PacketTrace, step: RuleStep): readonly RuleStep[] {
  const at = packet.steps.indexOf(step);
  return ruleSteps(packet).flatMap((one) => (one.at > at ? [one.step] : []));
}

export function stepsBefore(packet: PacketTrace, step: RuleStep): readonly RuleStep[] {
  const at = packet.steps.indexOf(step);
  return ruleSteps(packet).flatMap((one) => (one.at < at ? [one.step] : []));
}

/** What a rule writes to marks. */
export function writesOf(world: World, ref: RuleRef): readonly MarkWrite[] {
  const at = ruleOfRef(world.state, ref);
  return at === undefined ? [] : markUses(world.state).writes.filter((write) => write.at.rule === at.rule);
}

/** A rule that copies the packet mark's routing bits to the connection, or some of them. */
export function isSave(world: World, ref: RuleRef): boolean {
  return writesOf(world, ref).some(({ word, copied }) => word === 'connection' && copied !== 0);
}

/** All rules that save, or restore, one of the routing bits. */
export function copies(world: World, word: MarkWrite['word']): readonly MarkWrite[] {
  return markUses(world.state).writes.filter(
    (write) => write.word === word && ((write.copied & world.bits) !== 0 || write.shifted !== 0),
  );
}

export function isRestore(world: World, ref: RuleRef): boolean {
  return writesOf(world, ref).some(({ word, copied }) => word === 'packet' && (copied & world.bits) !== 0);
}

export function refOf({ at: { table, chain, rule, index } }: MarkWrite): RuleRef {
  const { frontend, family, name } = table;
  return {
    frontend,
    family,
    table: name,
    chain: chain.name,
    index,
    ...(rule.comment === undefined ? {} : { comment: rule.comment }),
    ...(rule.span === undefined ? {} : { span: rule.span }),
  };
}

const STATES = new WeakMap<World, KernelState>();

/** Every place that asks for a mark, be it in a filter. */
export function readsOf(world: World): readonly MarkRead[] {
  const state = STATES.get(world) ?? { ...world.state, tables: world.tables };
  STATES.set(world, state);
  return markUses(state).reads;
}
