import { FAMILIES, type Family } from '../../net/family.ts';
import { FULL_MASK } from '../../net/mark.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import { basesOfRule, type RuleAt } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import { relevantState } from '../routes/relevant-state.ts';
import { passed, wordWhenRouted } from './crowded-marks.ts';
import { flowsToRule } from './flows-to-rule.ts';
import type { MarkRead } from './mark-read.ts';
import { markUsesOf } from './mark-uses.ts';
import { type MarkWrite, writtenBits } from './mark-write.ts';
import { ownerOf } from './owner-of.ts';
import { type PossibleWords, possibleWords } from './possible-words.ts';
import { presentPrograms } from './present-programs.ts';
import { type ShiftedCopy, shiftedCopy } from './shifted-copies.ts';

/** Two masks that do not fit; `at` is the rule to change, `others` those it does not fit with. */
export type MaskFault =
  | (Place & {
      readonly kind: 'lost';
      /** Where a mark is set that is not kept. */
      readonly setter: RuleAt;
      readonly value: number;
      readonly saved: number;
      readonly restored: number;
    })
  | (Place & { readonly kind: 'flipped'; readonly bits: number; readonly taken: number })
  | (Place & {
      readonly kind: 'wiped';
      readonly word: 'mark' | 'connmark';
      readonly bits: number;
      readonly taken: number;
    })
  | (Place & ShiftedCopy & { readonly kind: 'shifted' })
  | (Place & { readonly kind: 'never-written'; readonly bits: number });

interface Place {
  readonly at: RuleAt;
  readonly others: readonly RuleAt[];
}

/** Faults of the machine's own rules; a known program's are its own affair. Each place once, whatever the family. */
export function maskFaults(machine: Machine): readonly MaskFault[] {
  const programs = presentPrograms(machine);
  const own = (at: RuleAt) => ownerOf(at, programs) === undefined;
  const faults = FAMILIES.flatMap((family): readonly MaskFault[] => {
    const { writes, reads } = markUsesOf(machine.state, family);
    const all = writes.filter(({ at }) => basesOfRule(at).length > 0);
    const mine = all.filter(({ at }) => own(at));
    const words = possibleWords(all, []);
    const shifted = shiftedCopy(machine, mine);
    return [
      ...(shifted === undefined ? [] : [shiftedFault(shifted)]),
      ...lostBits(machine, family, mine),
      ...mine.flatMap((write) => flipped(write, words)),
      ...mine.flatMap((write) => wiped(write, mine, words)),
      ...neverWritten(
        machine,
        family,
        all,
        reads.filter(({ at }) => own(at)),
      ),
    ];
  });
  const seen = new Set<string>();
  return faults.filter(({ kind, at }) => {
    const key = `${kind} ${at.table.frontend} ${at.table.family} ${at.table.name} ${at.chain.name} ${at.index}`;
    return seen.size !== seen.add(key).size;
  });
}

function shiftedFault(copy: ShiftedCopy): MaskFault {
  return { kind: 'shifted', ...copy, others: [copy.by === 'restore' ? copy.save : copy.setter] };
}

/** A mark of which a part is saved that no restore brings back, while the rest comes back as another mark. */
function lostBits(machine: Machine, family: Family, mine: readonly MarkWrite[]): readonly MaskFault[] {
  const saves = mine.filter((write) => write.word === 'connection' && write.copied !== 0);
  const restores = mine.filter((write) => write.word === 'packet' && write.copied !== 0);
  const [first] = restores;
  if (first === undefined || saves.length === 0 || mine.some(({ shifted }) => shifted !== 0)) return [];
  const saved = bitsOf(saves);
  const restored = bitsOf(restores);
  // A rule may look at the connmark itself and set the mark anew.
  const asked = markUsesOf(machine.state, family)
    .reads.filter(({ word }) => word === 'connection')
    .reduce((bits, { mask }) => bits | mask, 0);
  const lost = saved & ~restored & ~asked;
  if (lost === 0 || (saved & restored) === 0) return [];
  for (const setter of mine) {
    if (setter.word !== 'packet' || setter.copied !== 0) continue;
    const value = setter.constants?.find((one) => (one & lost) !== 0 && (one & ~saved) === 0);
    if (value !== undefined && comesBackOtherwise(machine, setter, lost))
      return [
        {
          kind: 'lost',
          at: first.at,
          others: saves.slice(0, 1).map(({ at }) => at),
          setter: setter.at,
          value,
          saved,
          restored,
        },
      ];
  }
  return [];
}

/** Whether a connection that the rule marks is routed with other bits once it is answered. */
function comesBackOtherwise(machine: Machine, { at }: MarkWrite, lost: number): boolean {
  return flowsToRule(machine, at).some((flow) => {
    const trace = traceFlow(relevantState(machine.state), flow, { packets: ['P1', 'R', 'P3'] });
    if (typeof trace === 'string') return false;
    return trace.paths.some(({ packets }) => {
      const [first, later] = ['P1', 'P3'].map((name) => packets.find((packet) => packet.name === name));
      if (first === undefined || later === undefined || !passed(first, at)) return false;
      const [was, is] = [wordWhenRouted(first), wordWhenRouted(later)];
      return was !== undefined && is !== undefined && ((was ^ is) & lost) !== 0;
    });
  });
}

function bitsOf(copies: readonly MarkWrite[]): number {
  return copies.reduce((bits, { copied }) => bits | copied, 0) >>> 0;
}

/** kernel-facts 3: (to & ~toMask) ^ (from & fromMask). */
function flipped({ at, word, kept, copied }: MarkWrite, words: PossibleWords): readonly MaskFault[] {
  const source = word === 'packet' ? words.connection : words.packet;
  const bits = (kept & copied & (source === 'any' ? FULL_MASK : unionOf(source))) >>> 0;
  return bits === 0 ? [] : [{ kind: 'flipped', at, others: [], bits, taken: copied }];
}

/** Bits of the word that the copy clears without giving others, though a rule of ours keeps a mark there. */
function wiped(write: MarkWrite, mine: readonly MarkWrite[], words: PossibleWords): readonly MaskFault[] {
  const { at, word, copied } = write;
  if (copied === 0 || write.shifted !== 0 || words.packet === 'any' || words.connection === 'any') return [];
  const cleared = (writtenBits(write) & ~copied) >>> 0;
  const other = mine.find(
    (one) =>
      one !== write &&
      one.word === word &&
      one.copied === 0 &&
      one.kept !== 0 &&
      (one.constants ?? []).some((value) => (value & cleared & writtenBits(one)) !== 0) &&
      comesBefore(one.at, at),
  );
  if (other === undefined) return [];
  const bits = (other.constants ?? []).reduce((all, value) => all | (value & cleared), 0) >>> 0;
  return [
    {
      kind: 'wiped',
      at,
      others: [other.at],
      word: word === 'packet' ? 'mark' : 'connmark',
      bits,
      taken: copied,
    },
  ];
}

/** In the same chain above it: elsewhere the order is not plain from the text. */
function comesBefore(one: RuleAt, other: RuleAt): boolean {
  return one.table === other.table && one.chain === other.chain && one.index < other.index;
}

function neverWritten(
  machine: Machine,
  family: Family,
  all: readonly MarkWrite[],
  reads: readonly MarkRead[],
): readonly MaskFault[] {
  const writes = all.filter(({ word }) => word === 'connection');
  const { given, state } = machine;
  if (writes.length === 0 || !given.rulesets.has(family) || markUsesOf(state, family).unknown) return [];
  if (presentPrograms(machine).some(({ connmark }) => connmark === FULL_MASK)) return [];
  const written = writes.reduce((bits, write) => bits | meantBits(write), 0);
  return reads.flatMap(({ at, word, mask, values, inverted }): readonly MaskFault[] => {
    if (word !== 'connection' || values === undefined) return [];
    const bits = inverted
      ? unwrittenBits(values, mask, written)
      : values.map((value) => (value & mask & ~written) >>> 0).find((one) => one !== 0);
    return bits === undefined ? [] : [{ kind: 'never-written', at, others: [], bits }];
  });
}

/** What asks for anything but 0 never matches where no rule writes one of its bits. */
function unwrittenBits(values: readonly number[], mask: number, written: number): number | undefined {
  return values.includes(0) && mask !== 0 && (mask & written) === 0 ? mask : undefined;
}

/** Bits that may come to be set by the write. */
function meantBits({ copied, shifted, constants }: MarkWrite): number {
  if (shifted !== 0 || constants === undefined) return FULL_MASK;
  return constants.reduce((bits, value) => bits | value, copied);
}

function unionOf(words: ReadonlySet<number>): number {
  let bits = 0;
  for (const word of words) bits |= word;
  return bits >>> 0;
}
