import type { Span } from '../../net/span.ts';
import type { Machine } from '../machine.ts';
import { isItsRule, type Program } from './present-programs.ts';
import { spanOr } from './rule-words.ts';

/** Where a program is seen first: one of its chains, comments or policy rules. */
export function placeOfProgram(machine: Machine, program: Program): Span {
  const { signs } = program;
  for (const table of machine.state.tables)
    for (const chain of table.chains) {
      if (signs.chains?.test(chain.name) === true || signs.tables?.test(table.name) === true)
        return spanOr(machine, chain.rules.find(({ span }) => span !== undefined)?.span ?? chain.span);
      const rule = chain.rules.find(({ comment }) => comment !== undefined && signs.comments?.test(comment));
      if (rule !== undefined) return spanOr(machine, rule.span);
    }
  return spanOr(machine, machine.state.policyRules.find((rule) => isItsRule(program, rule))?.span);
}
