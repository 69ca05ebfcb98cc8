import { sayDisposition } from '../../trace/summarize.ts';
import type {
  Disposition,
  MarkView,
  PacketName,
  PacketTrace,
  RuleRef,
  Step,
  TracePath,
} from '../../trace/trace.ts';

import type { RuleAt } from '../all-rules.ts';

export type RuleStep = Extract<Step, { kind: 'rule' }>;
type RouteStep = Extract<Step, { kind: 'route' }>;

export function packetOf({ packets }: TracePath, name: PacketName): PacketTrace | undefined {
  return packets.find((packet) => packet.name === name);
}

/** The lookup that decided where the packet went: the last one that is about itself. */
export function routing({
  steps,
}: PacketTrace): { readonly step: RouteStep; readonly at: number } | undefined {
  const at = steps.findLastIndex((step) => step.kind === 'route' && step.why !== 'reverse path');
  const step = steps[at];
  return step?.kind === 'route' ? { step, at } : undefined;
}

/** Whether one of these packets, by default any, was judged or changed by the rule. */
export function passesRule(
  { packets }: TracePath,
  { table, chain, index }: RuleAt,
  names?: readonly PacketName[],
): boolean {
  return packets.some(
    ({ name, steps }) =>
      names?.includes(name) !== false &&
      steps.some(
        (step) =>
          step.kind === 'rule' &&
          step.rule.index === index &&
          step.rule.chain === chain.name &&
          step.rule.table === table.name &&
          step.rule.family === table.family &&
          step.rule.frontend === table.frontend,
      ),
  );
}

/** Packet mark by which it was routed. */
export function routedMark(packet: PacketTrace): MarkView {
  return routing(packet)?.step.lookup.mark ?? packet.start.mark;
}

/** The mark under these bits; undefined where one of them is not known. */
export function bitsOf(mark: MarkView | undefined, bits: number): number | undefined {
  if (mark === undefined) return undefined;
  if (typeof mark === 'number') return (mark & bits) >>> 0;
  return (mark.unknown & bits) === 0 ? (mark.value & bits) >>> 0 : undefined;
}

/** Where it was routed to, be it dropped by a filter afterwards or not: an interface and gateway, or a word. */
export function exitOf(packet: PacketTrace): string | undefined {
  const { disposition } = packet;
  if (isDestroyed(packet)) return `dropped`;
  switch (disposition.kind) {
    case 'routed':
      return disposition.gateway === undefined
        ? disposition.interface
        : `${disposition.interface} via ${disposition.gateway}`;
    case 'lost':
      return disposition.interface;
    case 'local':
      return 'this machine';
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
      return disposition.kind;
    default:
      return undefined;
  }
}

/** A masqueraded connection that would leave by another interface (kernel-facts 6.1). */
export function isDestroyed({ steps }: PacketTrace): boolean {
  return steps.some(({ kind }) => kind === 'oif-changed');
}

/** The device it leaves by; undefined where it does not leave. */
export function exitDevice({ disposition }: PacketTrace): string | undefined {
  return disposition.kind === 'routed' || disposition.kind === 'lost' ? disposition.interface : undefined;
}

export function sayExit(packet: PacketTrace): string {
  const { disposition } = packet;
  return exitOf(packet) === 'dropped' || exitOf(packet) === undefined
    ? sayEnd(disposition)
    : (exitOf(packet) ?? sayDisposition(disposition));
}

function sayEnd(disposition: Disposition): string {
  return 'reason' in disposition ? `${disposition.kind}: ${disposition.reason}` : disposition.kind;
}

export function ruleSteps({
  steps,
}: PacketTrace): readonly { readonly step: RuleStep; readonly at: number }[] {
  return steps.flatMap((step, at) => (step.kind === 'rule' ? [{ step, at }] : []));
}

export function sameRule(a: RuleRef, b: RuleRef): boolean {
  return (
    a.index === b.index &&
    a.chain === b.chain &&
    a.table === b.table &&
    a.family === b.family &&
    a.frontend === b.frontend
  );
}
