import type { RuleAt } from '../all-rules.ts';
import { markReads } from './mark-read.ts';
import { markWrite, type Word, writtenBits } from './mark-write.ts';
import type { Program } from './present-programs.ts';

/**
 * The program a rule is of: by its table, chain or comment, or, in chains that all share, by its marks. Undefined: whoever
 * runs the machine.
 */
export function ownerOf(at: RuleAt, programs: readonly Program[]): Program | undefined {
  return (
    programs.find((program) => hasSign(at, program)) ?? programs.find((program) => hasMarks(at, program))
  );
}

function hasSign({ table, chain, rule }: RuleAt, { signs }: Program): boolean {
  return (
    signs.tables?.test(table.name) === true ||
    signs.chains?.test(chain.name) === true ||
    (rule.comment !== undefined && signs.comments?.test(rule.comment) === true)
  );
}

/** All packet marks that the rule speaks of are the program's, and of its values where those are known. */
function hasMarks(at: RuleAt, program: Program): boolean {
  if (program.name === 'polywan' || program.source === '') return false;
  const spoken = at.rule.statements.flatMap((statement) => spokenOf(statement, at));
  const named = spoken.filter(({ values }) => values.some((value) => value !== 0));
  const isIts = ({ values, mask }: Spoken) =>
    (program.whole || mask === program.mask) &&
    (program.values.length === 0 || values.every((value) => value === 0 || program.values.includes(value)));
  // The connmark of a program that takes the whole word may differ from its packet mark.
  const judged = program.whole ? named.filter(({ word }) => word === 'packet') : named;
  if (judged.length > 0) return judged.every(isIts);
  if (program.whole || program.values.length === 0 || spoken.length === 0) return false;
  return spoken.every(({ mask }) => mask === program.mask);
}

interface Spoken {
  readonly word: Word;
  readonly mask: number;
  readonly values: readonly number[];
}

function spokenOf(statement: RuleAt['rule']['statements'][number], at: RuleAt): readonly Spoken[] {
  const write = markWrite(statement, at);
  const written =
    write === undefined
      ? []
      : [{ word: write.word, mask: writtenBits(write), values: write.constants ?? [] }];
  return [
    ...written,
    ...markReads(statement, at).map(({ word, mask, values = [] }) => ({ word, mask, values })),
  ];
}
