import { type Path, unchain } from './path.ts';
import { type SharedDevices, summarizePath } from './summarize.ts';
import type { Disposition, MarkView, Outcome, PacketTrace, Step, TracePath } from './trace.ts';
import { viewMark, viewTuple } from './view.ts';

type RuleStep = Extract<Step, { kind: 'rule' }>;

/** What became of one way of the flow, and which step is the cause where it does not stay. */
export function judgePath(path: Path, shared: SharedDevices): TracePath {
  const { packets, flow } = path;
  const strayed = findStrayed(packets, flow.in);
  const outcome = outcomeOf(packets, strayed);
  const cause = outcome === 'stays' ? undefined : causeOf(packets, strayed);
  const judged = {
    weight: path.weight,
    conditions: unchain(path.conditions),
    packets,
    connections: path.connections.map(({ original, mark }) => ({
      source: viewTuple(path, original.saddr, original.sport),
      destination: viewTuple(path, original.daddr, original.dport),
      connmark: viewMark(mark),
    })),
    outcome,
    ...(cause === undefined ? {} : { cause }),
  };
  return { ...judged, summary: summarizePath(judged, flow, shared) };
}

function isGoing(disposition: Disposition): boolean {
  return disposition.kind === 'routed' || disposition.kind === 'local';
}

/** The first packet that does not go where the first of its direction went, or back where that came from. */
function findStrayed(packets: readonly PacketTrace[], cameIn: string | undefined): PacketTrace | undefined {
  const [first] = packets;
  if (first === undefined || !isGoing(first.disposition)) return undefined;
  return packets.find((packet) => {
    if (packet === first || packet.name === 'E') return false;
    if (packet.name !== 'R') return sayWay(packet.disposition) !== sayWay(first.disposition);
    return !isBack(packet.disposition, cameIn);
  });
}

function sayWay(disposition: Disposition): string {
  return disposition.kind === 'routed'
    ? `${disposition.interface} ${disposition.gateway} ${disposition.source} ${disposition.destination}`
    : disposition.kind;
}

function isBack(disposition: Disposition, cameIn: string | undefined): boolean {
  if (cameIn === undefined) return disposition.kind === 'local';
  return disposition.kind === 'routed' && (disposition.interface === cameIn || disposition.interface === '?');
}

function outcomeOf(packets: readonly PacketTrace[], strayed: PacketTrace | undefined): Outcome {
  const [first] = packets;
  if (
    first === undefined ||
    packets.some((packet) => packet.name !== 'E' && packet.disposition.kind === 'unknown')
  )
    return 'unknown';
  if (!isGoing(first.disposition)) return 'stopped';
  if (strayed === undefined) return 'stays';
  return isGoing(strayed.disposition) ? 'changes' : 'broken';
}

/** For a flow that strays, the rule that parted its packets; else what ended it. */
function causeOf(packets: readonly PacketTrace[], strayed: PacketTrace | undefined): Step | undefined {
  const [first] = packets;
  if (first === undefined) return undefined;
  if (strayed === undefined) return lastStop(first.steps);
  return unsaved(first) ?? lastMarking(strayed) ?? lastStop(strayed.steps);
}

function ruleSteps({ steps }: PacketTrace): readonly RuleStep[] {
  return steps.filter((step) => step.kind === 'rule');
}

function lastStop(steps: readonly Step[]): Step | undefined {
  return (
    steps.findLast((step) => step.kind === 'oif-changed' || (step.kind === 'reverse-path' && !step.passes)) ??
    steps.findLast((step) => step.kind === 'rule' && step.verdict !== undefined)
  );
}

/**
 * The mark that routed the first packet never reached its connection: the cause is the rule that ended the chain
 * between mark and save (kernel-facts 6.2), or the one that marked, when nothing ended it.
 */
function unsaved(first: PacketTrace): Step | undefined {
  const steps = ruleSteps(first).filter((step) => step.hook === 'prerouting' || step.hook === 'output');
  const at = steps.findLastIndex((step) => !sameMark(step.mark[0], step.mark[1]));
  const marking = steps[at];
  const { connmark } = first.end;
  if (marking === undefined || connmark === undefined || sameMark(marking.mark[1], connmark))
    return undefined;
  if (!sameMark(connmark, 0)) return undefined;
  const chain = steps.slice(at);
  return chain.find((step) => step.verdict === 'accept') ?? marking;
}

function lastMarking(packet: PacketTrace): Step | undefined {
  return ruleSteps(packet).findLast((step) => !sameMark(step.mark[0], step.mark[1]));
}

function sameMark(a: MarkView, b: MarkView): boolean {
  return typeof a === 'object' || typeof b === 'object' ? JSON.stringify(a) === JSON.stringify(b) : a === b;
}
