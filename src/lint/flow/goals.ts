import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import type { RuleAt } from '../all-rules.ts';
import { markUsesOf } from '../marks/mark-uses.ts';

/** A statement that writes a mark: a flow that reaches it is wanted. */
export interface Goal {
  readonly at: RuleAt;
  readonly statement: number;
}

/** Rules that write a mark, not more than so many: of each chain and value some, in the order of the ruleset. */
export function goalsOf(state: KernelState, family: Family, most: number): readonly Goal[] {
  const writes = markUsesOf(state, family).writes;
  const groups = new Map<string, Goal[]>();
  for (const { at, word, constants = [], copied } of writes) {
    const goal = {
      at,
      statement: at.rule.statements.findIndex((one) => one.kind === 'set' || one.kind === 'tproxy'),
    };
    const name = `${at.table.name} ${at.chain.name} ${word} ${constants.join()} ${copied} ${ends(at)}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [goal]);
    else if (group.at(-1)?.at.rule !== at.rule) group.push(goal);
  }
  return roundRobin([...groups.values()], most);
}

/** What comes after the rule belongs to how its mark fares. */
function ends({ chain, rule, index }: RuleAt): string {
  const own = rule.statements.at(-1)?.kind ?? '';
  const next = chain.rules[index + 1]?.statements.at(-1);
  return `${own} ${next?.kind === 'verdict' ? next.verdict.kind : (next?.kind ?? 'end')}`;
}

function roundRobin(groups: readonly (readonly Goal[])[], most: number): readonly Goal[] {
  const goals: Goal[] = [];
  for (let round = 0; goals.length < most; round += 1) {
    const left = groups.flatMap((group) => group[round] ?? []);
    if (left.length === 0) break;
    goals.push(...left.slice(0, most - goals.length));
  }
  return goals;
}
