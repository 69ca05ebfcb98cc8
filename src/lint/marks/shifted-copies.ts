import type { PacketTrace, TracePath } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import type { RuleAt } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import { relevantState } from '../routes/relevant-state.ts';
import { isRule, wordWhenRouted } from './crowded-marks.ts';
import { flowsToRule } from './flows-to-rule.ts';
import { type MarkWrite, writtenBits } from './mark-write.ts';

/** A mark that copies move to other bits of the connection's mark, and that is lost there. */
export interface ShiftedCopy {
  /** The rule that sets the mark. */
  readonly setter: RuleAt;
  readonly save: RuleAt;
  readonly restore?: RuleAt;
  /** The copy that loses it: a restore that brings another mark back, or the save, which flips what it saved before. */
  readonly at: RuleAt;
  readonly value: number;
  /** Bits of the packet's mark that are saved. */
  readonly mask: number;
  /** The connection's mark behind the save. */
  readonly saved: number;
  /** What the restore makes of it, or the second save. */
  readonly becomes: number;
}

/** Rules that set a mark are followed up to so many. */
const MOST_SETTERS = 64;

/**
 * The first found, by following connections: masks and shifts of several rules fit together in many ways, and a rule may
 * mark every packet anew.
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
  if (first === undefined || copiesBy(first, [setter]).length === 0) return undefined;
  const saves = copies.filter(({ word }) => word === 'connection');
  const done = copiesBy(first, saves).at(-1);
  if (done?.connmark === undefined) return undefined;
  const { write: save, mark: marked, connmark: saved } = done;
  const bits = (writtenBits(setter) & takenBits(save)) >>> 0;
  const value = under(wordWhenRouted(first), bits);
  if (value === undefined || value === 0) return undefined;
  const copyings = later.flatMap((packet) => copiesBy(packet, copies));
  const restore = copyings.find(({ write }) => write.word === 'packet')?.write.at;
  const found = {
    setter: setter.at,
    save: save.at,
    ...(restore === undefined ? {} : { restore }),
    value,
    mask: takenBits(save),
    saved: saved.after,
  };
  const third = later.find(({ name }) => name === 'P3');
  const strays = third !== undefined && under(wordWhenRouted(third), bits) !== value;
  for (const { write, mark, connmark } of copyings) {
    if (connmark?.before !== saved.after || (save.shifted === 0 && write.shifted === 0)) continue;
    const after = (mark.after & bits) >>> 0;
    if (write.word === 'packet' && after !== value && strays)
      return { ...found, at: write.at, becomes: after };
    const isSame = ((mark.after ^ marked.after) & found.mask) === 0;
    if (write.at.rule === save.at.rule && isSame && connmark.after !== saved.after)
      return { ...found, at: write.at, becomes: connmark.after };
  }
  return undefined;
}

interface Change {
  readonly before: number;
  readonly after: number;
}

interface Copying {
  readonly write: MarkWrite;
  readonly mark: Change;
  /** Absent: no connection, or not known. */
  readonly connmark?: Change;
}

/** What these writes do to the packet, in their order; none where its mark is not known. */
function copiesBy({ steps }: PacketTrace, writes: readonly MarkWrite[]): readonly Copying[] {
  return steps.flatMap((step): readonly Copying[] => {
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
