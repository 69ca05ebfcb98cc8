import type { Expression } from '../kernel/expression.ts';
import type { Rule } from '../kernel/netfilter.ts';

/** Interfaces that a rule asks for, `==` or `!=`. */
export function askedInterfaces(rule: Rule, key: 'iifname' | 'oifname') {
  return rule.statements.flatMap((statement) => {
    if (statement.kind !== 'match' || statement.left.kind !== 'meta') return [];
    const asked = statement.left.key;
    if (asked !== key && asked !== key.slice(0, 3)) return [];
    const not = statement.operator === '!=';
    return namesIn(statement.right).map((name) => ({ name, not }));
  });
}

function namesIn(right: Expression): readonly string[] {
  if (right.kind === 'string') return [right.value];
  return right.kind === 'set' ? right.elements.flatMap(({ key }) => namesIn(key)) : [];
}
