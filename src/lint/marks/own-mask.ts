import type { Family } from '../../net/family.ts';
import { FULL_MASK } from '../../net/mark.ts';
import type { Machine } from '../machine.ts';
import { markUsesOf } from './mark-uses.ts';
import { ownerOf } from './owner-of.ts';
import { isItsRule, presentPrograms } from './present-programs.ts';

/**
 * The bits of the machine's own marks: the mask its policy rules and rules ask with, where it covers every value it sets;
 * else whole bytes around the values. Undefined where that would take another program's bits.
 */
export function ownMask(machine: Machine, family: Family): number | undefined {
  const programs = presentPrograms(machine);
  const { writes, reads } = markUsesOf(machine.state, family);
  const values = writes
    .filter(({ at, copied }) => copied === 0 && ownerOf(at, programs) === undefined)
    .flatMap(({ constants = [] }) => constants)
    .reduce((bits, value) => bits | value, 0);
  if (values === 0) return undefined;
  const asked = [
    ...machine.state.policyRules
      .filter((rule) => rule.family === family && !programs.some((program) => isItsRule(program, rule)))
      .map(({ selector }) => selector.fwmark?.mask ?? 0),
    ...reads.filter(({ at }) => ownerOf(at, programs) === undefined).map(({ mask }) => mask),
  ].filter((mask) => mask !== FULL_MASK && mask !== 0 && (values & ~mask) === 0);
  const mask = asked[0] ?? wholeBytes(values);
  const taken = programs.reduce((bits, program) => bits | (program.whole ? 0 : program.mask), 0);
  return (mask & taken) !== 0 ? undefined : mask;
}

/** The bytes in which the values have bits. */
export function wholeBytes(values: number): number {
  return (
    [0xff, 0xff00, 0xff0000, 0xff000000].reduce(
      (mask, byte) => ((values & byte) !== 0 ? mask | byte : mask),
      0,
    ) >>> 0
  );
}
