import { FULL_MASK } from '../../net/mark.ts';
import type { Flow } from '../../trace/flow.ts';
import type { Step, TracePath } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import { basesOfRule } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import { relevantState } from '../routes/relevant-state.ts';
import { isRule } from './crowded-marks.ts';
import { flowsToRule } from './flows-to-rule.ts';
import { markUses } from './mark-uses.ts';
import { type MarkWrite, writtenBits } from './mark-write.ts';
import { ownerOf } from './owner-of.ts';
import { type Program, presentPrograms } from './present-programs.ts';

/** A rule that takes away a program's mark. */
export interface LostMark {
  readonly write: MarkWrite;
  readonly program: Program;
  /** Bits of the program that the rule writes. */
  readonly bits: number;
  /** A flow that loses its mark there, with the way it goes; absent where none was found and none was ruled out. */
  readonly shown?: Shown;
}

export interface Shown {
  readonly flow: Flow;
  readonly path: TracePath;
  readonly before: number;
  readonly after: number;
}

/** Flows are made for so many rules of one machine; the rest is judged by what is written. */
const MAX_TRACED = 200;

/** Rules that write other programs' bits where those programs' packets come by. */
export function lostMarks(machine: Machine): readonly LostMark[] {
  const programs = presentPrograms(machine).filter(({ mask }) => mask !== 0);
  if (programs.length === 0) return [];
  const { writes } = markUses(machine.state);
  let traced = 0;
  const lost: LostMark[] = [];
  for (const program of programs)
    for (const write of writes) {
      const bits = (writtenBits(write) & claimed(program, write)) >>> 0;
      if (bits === 0 || write.tproxy || basesOfRule(write.at).length === 0) continue;
      // Another program's bits under a narrow mask are two uses of the same bits: mark-overlap.
      if (!program.whole && writtenBits(write) !== FULL_MASK) continue;
      if (ownerOf(write.at, programs)?.name === program.name) continue;
      if (!usesWord(program, write, machine, programs)) continue;
      traced += 1;
      const verdict = traced > MAX_TRACED ? 'unreached' : trace(machine, write, program);
      if (verdict === 'kept') continue;
      if (verdict !== 'unreached') lost.push({ write, program, bits, shown: verdict });
      else if (passes(program, write)) lost.push({ write, program, bits });
    }
  return lost;
}

function claimed(program: Program, { word }: MarkWrite): number {
  return word === 'packet' ? program.mask : program.connmark;
}

/** The connmark is only hit where the program keeps something there: seen in its own rules, or said by the settings. */
function usesWord(
  program: Program,
  write: MarkWrite,
  machine: Machine,
  programs: readonly Program[],
): boolean {
  if (write.word === 'packet' || isDeclared(program)) return true;
  return markUses(machine.state).writes.some(
    (one) => one.word === 'connection' && ownerOf(one.at, programs)?.name === program.name,
  );
}

function isDeclared({ seen }: Program): boolean {
  return seen.endsWith('in the settings');
}

/** Whether its marked packets come by such a hook at all: asked only where no flow could be made. */
function passes(program: Program, { at, word }: MarkWrite): boolean {
  if (word === 'connection') return isDeclared(program);
  const hooks = new Set(basesOfRule(at).map(({ hook }) => hook));
  const outward = hooks.has('output') || hooks.has('postrouting');
  return (program.from.includes('socket') && outward) || isDeclared(program);
}

/** `kept`: packets with the program's mark do not come to the rule, or leave it with their mark. */
function trace(machine: Machine, write: MarkWrite, program: Program): Shown | 'kept' | 'unreached' {
  let reached = false;
  for (const flow of flowsToRule(machine, write.at)) {
    const marked = markedFlows(flow, program, write);
    for (const one of marked) {
      const shown = lostOn(machine, one, write, program);
      if (shown !== undefined) return shown;
    }
    // The same without the mark tells whether the flow was able to come to the rule.
    reached ||= [flow, ...marked].some((one) =>
      pathsOf(machine, one).some((path) => stepsOf(path, write).length > 0),
    );
  }
  return reached ? 'kept' : 'unreached';
}

function markedFlows(flow: Flow, program: Program, { word }: MarkWrite): readonly Flow[] {
  const { values, socketValues = values, from, mask, connmark } = program;
  const value = values[0] ?? lowest(word === 'packet' ? mask : connmark);
  if (word === 'connection')
    return [{ ...flow, connmark: value }, ...(flow.in === undefined ? [{ ...flow, mark: value }] : [])];
  if (flow.in === undefined && from.includes('socket'))
    return goesOutside(flow) ? [{ ...flow, mark: socketValues[0] ?? value }] : [];
  // Beside its own rules the mark comes about by itself; what is only declared may come from anywhere.
  return isDeclared(program) ? [{ ...flow, mark: value }] : [flow];
}

/** Sockets are marked to go round a tunnel, so they talk to the world: never to private or shared addresses. */
function goesOutside({ destination }: Flow): boolean {
  return !/^(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^f[cde]/i.test(
    destination,
  );
}

function lowest(mask: number): number {
  return (mask & -mask) >>> 0;
}

function lostOn(machine: Machine, flow: Flow, write: MarkWrite, program: Program): Shown | undefined {
  for (const path of pathsOf(machine, flow))
    for (const step of stepsOf(path, write)) {
      const [before, after] = (write.word === 'packet' ? step.mark : step.connmark) ?? [];
      if (typeof before !== 'number' || typeof after !== 'number') continue;
      const mask = claimed(program, write);
      const isIts = program.whole
        ? program.values.length === 0 || program.values.includes(before)
        : (before & mask) !== 0;
      if (isIts && ((before ^ after) & mask) !== 0) return { flow, path, before, after };
    }
  return undefined;
}

function pathsOf(machine: Machine, flow: Flow): readonly TracePath[] {
  const trace = traceFlow(relevantState(machine.state), flow, { packets: ['P1', 'P1b'] });
  return typeof trace === 'string' ? [] : trace.paths;
}

type RuleStep = Extract<Step, { kind: 'rule' }>;

function stepsOf({ packets }: TracePath, { at }: MarkWrite): readonly RuleStep[] {
  return packets.flatMap(({ steps }) =>
    steps.flatMap((step) => {
      if (step.kind !== 'rule') return [];
      return isRule(step.rule, at) ? [step] : [];
    }),
  );
}
