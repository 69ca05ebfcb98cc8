import type { PacketTrace, TracePath } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import type { RuleAt } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import { relevantState } from '../routes/relevant-state.ts';
import { isRule, wordWhenRouted } from './crowded-marks.ts';
import { flowsToRule } from './flows-to-rule.ts';
import { type MarkWrite, writtenBits } from './mark-write.ts';

/** A mark that is saved to other bits of the connection's mark, and lost there or on the way back. */
export interface ShiftedCopy {
  /** The rule that sets the mark. */
  readonly setter: RuleAt;
  readonly save: RuleAt;
  readonly restore?: RuleAt;
  /** The copy that loses it: a restore that brings another mark back, or the save, which flips what it saved before. */
  readonly at: RuleAt;
  readonly by: 'restore' | 'second-save';
  readonly value: number;
  /** Bits of the packet's mark that are saved. */
  readonly mask: number;
  /** The connection's mark behind the save. */
  readonly saved: number;
  /** What the restore makes of it, or the second save. */
  readonly becomes: number;
}

/** A ruleset with more rules than that sets marks in ways that are much alike. */
const MOST_SETTERS = 64;

/**
 * The first one found. Connections are followed, as masks and shifts of several rules fit together in many ways, and where
 * every packet is marked anew it does not matter what a restore brings back.
 */
export function shiftedCopy(machine: Machine, mine: readonly MarkWrite[]): ShiftedCopy | undefined {
  if (mine.every(({ shifted }) => shifted === 0)) return undefined;
  const copies = mine.filter((write) => takenBits(write) !== 0);
  const setters = mine.filter((write) => write.word === 'packet' && takenBits(write) === 0);
  for (const setter of setters.slice(0, MOST_SETTERS))
    for (const flow of flowsToRule(machine, setter.at)) {
      const trace = traceFlow(relevantState(machine.state), flow, { packets: ['P1', 'R', 'P3'] });
      if (typeof trace === 'string') continue;
      for (const path of trace.paths) {
        const found = lossOn(path, setter, copies);
        if (found !== undefined) return found;
      }
    }
  return undefined;
}

/** Bits of the other word that a copy takes, wherever it puts them. */
function takenBits({ copied, shifted }: MarkWrite): number {
  return (copied | shifted) >>> 0;
}

function lossOn(
  { packets }: TracePath,
  setter: MarkWrite,
  copies: readonly MarkWrite[],
): ShiftedCopy | undefined {
  const [first, ...later] = packets;
  const saved = first && savedMark(first, setter, copies);
  if (saved === undefined) return undefined;
  const copyings = later.flatMap((packet) => writingsOn(packet, copies));
  const restore = copyings.find(({ write }) => write.word === 'packet')?.write.at;
  const third = later.find(({ name }) => name === 'P3');
  const strays = third !== undefined && under(wordWhenRouted(third), saved.bits) !== saved.value;
  for (const copying of copyings) {
    const loss = lossBy(copying, saved, strays);
    if (loss === undefined) continue;
    return {
      setter: setter.at,
      save: saved.save.at,
      ...(restore === undefined ? {} : { restore }),
      at: copying.write.at,
      value: saved.value,
      mask: takenBits(saved.save),
      saved: saved.connmark,
      ...loss,
    };
  }
  return undefined;
}

interface Saved {
  readonly save: MarkWrite;
  /** Those bits of the packet's mark that are both set and saved, and what they are when it is routed. */
  readonly bits: number;
  readonly value: number;
  /** The whole marks of the packet and the connection behind the save. */
  readonly mark: number;
  readonly connmark: number;
}

/** What the first packet of a connection is marked with and saves; undefined where it is not marked, or saves nothing. */
function savedMark(first: PacketTrace, setter: MarkWrite, copies: readonly MarkWrite[]): Saved | undefined {
  if (writingsOn(first, [setter]).length === 0) return undefined;
  const saves = copies.filter(({ word }) => word === 'connection');
  const last = writingsOn(first, saves).at(-1);
  if (last?.connmark === undefined) return undefined;
  const { write: save, mark, connmark } = last;
  const bits = (writtenBits(setter) & takenBits(save)) >>> 0;
  const value = under(wordWhenRouted(first), bits);
  if (value === undefined || value === 0) return undefined;
  return { save, bits, value, mark: mark.after, connmark: connmark.after };
}

/** What one copy on a later packet loses. `strays`: the connection's third packet is routed by another mark. */
function lossBy(
  { write, mark, connmark }: Writing,
  saved: Saved,
  strays: boolean,
): Pick<ShiftedCopy, 'by' | 'becomes'> | undefined {
  const { save, bits, value } = saved;
  if (connmark?.before !== saved.connmark || (save.shifted === 0 && write.shifted === 0)) return undefined;
  const restored = (mark.after & bits) >>> 0;
  if (write.word === 'packet' && restored !== value && strays) return { by: 'restore', becomes: restored };
  const isSameMark = ((mark.after ^ saved.mark) & takenBits(save)) === 0;
  return write.at.rule === save.at.rule && isSameMark && connmark.after !== saved.connmark
    ? { by: 'second-save', becomes: connmark.after }
    : undefined;
}

interface Change {
  readonly before: number;
  readonly after: number;
}

interface Writing {
  readonly write: MarkWrite;
  readonly mark: Change;
  /** Absent: no connection, or not known. */
  readonly connmark?: Change;
}

/** What these writes do to the packet's marks, in the order in which it meets them; none where its mark is not known. */
function writingsOn({ steps }: PacketTrace, writes: readonly MarkWrite[]): readonly Writing[] {
  return steps.flatMap((step): readonly Writing[] => {
    const write = step.kind === 'rule' ? writes.find(({ at }) => isRule(step.rule, at)) : undefined;
    if (step.kind !== 'rule' || write === undefined) return [];
    const [mark, connmark] = [changeOf(step.mark), changeOf(step.connmark)];
    if (mark === undefined) return [];
    return [connmark === undefined ? { write, mark } : { write, mark, connmark }];
  });
}

function changeOf(pair: readonly unknown[] | undefined): Change | undefined {
  const [before, after] = pair ?? [];
  return typeof before === 'number' && typeof after === 'number' ? { before, after } : undefined;
}

function under(word: number | undefined, bits: number): number | undefined {
  return word === undefined ? undefined : (word & bits) >>> 0;
}
