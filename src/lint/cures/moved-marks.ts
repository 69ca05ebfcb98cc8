import type { PolicyRule } from '../../kernel/routing.ts';
import { FULL_MASK, formatMark, formatWord } from '../../net/mark.ts';
import type { RuleAt } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import type { Program } from '../marks/present-programs.ts';
import { bitsOfPrograms, freeByte, movedMark } from './free-numbers.ts';
import { replaceRule } from './replace-rule.ts';
import { saveWords } from './rule-text.ts';
import { cureText } from './way-out.ts';

/** The mark in bits that are nobody's, in the rule's own syntax. */
export function movedRule(machine: Machine, at: RuleAt, value: number, words: string): string {
  const moved = movedMark(value, bitsOfPrograms(machine));
  if (moved === undefined) return `remove \`${words}\`: no byte of the mark is free`;
  const keep = formatWord((FULL_MASK & ~moved.mask) >>> 0);
  const line =
    at.table.frontend === 'nft'
      ? `meta mark set meta mark & ${keep} | ${formatWord(moved.value)}`
      : (saveWords(words) ?? '-j MARK --set-mark 0').replace(
          /--set-x?mark \S+/,
          `--set-xmark ${formatMark(moved)}`,
        );
  return cureText(
    'set it in bits that are free',
    [line],
    [`and ask for ${formatMark(moved)} wherever it is asked for`],
  );
}

/** A policy rule that takes another's mark, with a mark of bits that are free. */
export function movedPolicyRule(machine: Machine, rule: PolicyRule, other: number): string {
  const mark = rule.selector.fwmark ?? { value: 0, mask: 0 };
  const moved = movedMark(mark.value, (bitsOfPrograms(machine) | other) >>> 0);
  if (moved === undefined) return `remove the rule: no byte of the mark is free`;
  return `${replaceRule(machine, rule, moved)}\nand set ${formatMark(moved)} wherever ${formatMark(mark)} is set`;
}

/** A program whose settings say which bits it takes. */
export function moveProgram(machine: Machine, { title, mask }: Program): string {
  const byte = freeByte(bitsOfPrograms(machine));
  if (byte === undefined) return `stop one of them: no byte of the mark is free`;
  return `give ${title} the mask ${formatWord(byte)} instead of ${formatWord(mask)} in its settings: those bits are free`;
}
