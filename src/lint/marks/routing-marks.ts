import { isOwnRule } from '../../kernel/ownership.ts';
import type { PolicyRule } from '../../kernel/routing.ts';
import type { Family } from '../../net/family.ts';
import { FULL_MASK, type Mark } from '../../net/mark.ts';
import { basesOfRule } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import type { MarkRead } from './mark-read.ts';
import { markUsesOf } from './mark-uses.ts';
import { type MarkWrite, writtenBits } from './mark-write.ts';
import { ownerOf } from './owner-of.ts';
import { canCarry, possibleWords } from './possible-words.ts';
import { isItsRule, presentPrograms } from './present-programs.ts';

/** A mark that rules of the machine's own set where it decides the way. */
export interface SetMark {
  readonly write: MarkWrite;
  readonly value: number;
  /** The bits that are written with it. */
  readonly mask: number;
}

/**
 * Marks set before routing that no rule asks for again by their value: what is left for them is to route, or tc. Each
 * once, at the first rule that sets it.
 */
export function unreadMarks(machine: Machine, family: Family): readonly SetMark[] {
  const programs = presentPrograms(machine);
  const { writes, reads } = markUsesOf(machine.state, family);
  const asked = distinctReads(reads);
  const met = new Map<string, SetMark>();
  for (const write of writes) {
    if (write.word !== 'packet' || write.copied !== 0 || write.tproxy) continue;
    const mask = writtenBits(write);
    for (const value of write.constants ?? []) {
      const key = `${value} ${mask}`;
      if (value === 0 || met.has(key) || isBypass(value, mask)) continue;
      if (!decidesWay(write) || hasTproxy(write) || ownerOf(write.at, programs) !== undefined) continue;
      met.set(key, { write, value, mask });
    }
  }
  return [...met.values()].filter(
    ({ value }) =>
      !asked.some(
        (read) =>
          read.values?.some((one) => one !== 0 && ((one ^ value) & read.mask) === 0) ??
          read.mask === FULL_MASK,
      ),
  );
}

/** Those of the packet mark, each way of asking once. */
function distinctReads(reads: readonly MarkRead[]): readonly MarkRead[] {
  const distinct = new Map<string, MarkRead>();
  for (const read of reads)
    if (read.word === 'packet') distinct.set(`${read.mask} ${read.values?.join()}`, read);
  return [...distinct.values()];
}

/** kernel-facts 5.1, 5.2. */
function decidesWay({ at }: MarkWrite): boolean {
  return basesOfRule(at).some(
    ({ hook, type }) => hook === 'prerouting' || (hook === 'output' && type === 'route'),
  );
}

/** Delivered to a socket of this machine: the mark is for the table that says `local`. */
function hasTproxy({ at }: MarkWrite): boolean {
  return at.rule.statements.some(({ kind }) => kind === 'tproxy');
}

/** All bits of the mask: by custom the mark of what is to go by main (mwan3's `default`). */
function isBypass(value: number, mask: number): boolean {
  return mask !== FULL_MASK && value === mask && (value & (value - 1)) !== 0;
}

/** Policy rules of this family that ask for a mark and are nobody's but the machine's own. */
export function ownMarkRules(
  machine: Machine,
  family: Family,
): readonly (PolicyRule & { readonly mark: Mark })[] {
  const programs = presentPrograms(machine);
  return machine.state.policyRules.flatMap((rule) => {
    const mark = rule.selector.fwmark;
    if (rule.family !== family || mark === undefined || isOwnRule(rule)) return [];
    return programs.some((program) => isItsRule(program, rule)) ? [] : [{ ...rule, mark }];
  });
}

/** Whether any policy rule of the family asks for the mark. */
export function isRead(machine: Machine, family: Family, { value, mask }: SetMark): boolean {
  return machine.state.policyRules.some(({ family: of, selector: { fwmark } }) => {
    if (of !== family || fwmark === undefined) return false;
    return ((fwmark.value ^ value) & fwmark.mask & mask) === 0;
  });
}

/** Rules whose mark nothing in the rulesets can make. Empty where the rulesets do something that is not known. */
export function unfedRules(
  machine: Machine,
  family: Family,
): readonly (PolicyRule & { readonly mark: Mark })[] {
  const { writes, unknown } = markUsesOf(machine.state, family);
  if (unknown || !machine.given.rulesets.has(family)) return [];
  const sockets = presentPrograms(machine).flatMap(({ socketValues, values }) => [
    ...(socketValues ?? values),
  ]);
  const { packet } = possibleWords(writes, sockets);
  return ownMarkRules(machine, family).filter(
    ({ mark, selector }) =>
      selector.not !== true && (mark.value & mark.mask) !== 0 && !canCarry(packet, mark),
  );
}
