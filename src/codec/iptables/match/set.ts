import type { Expression } from '../../../kernel/expression.ts';
import { type MatchExtension, match } from '../extension.ts';
import { setKey, writeSetKey } from '../set-key.ts';

/** `--match-set NAME src,dst`: membership in an ipset. Its other options look at counters of the entry: unknown. */
export const SET_MATCH: MatchExtension = {
  name: 'set',
  options: { '--match-set': 2, '--set': 2 },
  read: (uses, scope) => {
    const statements = uses.flatMap(({ args: [name = '', flags = ''], negated }) => {
      const key = setKey(flags, scope);
      const right: Expression = { kind: 'set-ref', name, ipset: true };
      return key === undefined ? [] : [match(key, right, negated)];
    });
    return statements.length === uses.length ? statements : undefined;
  },
  write: (statements, at) => {
    const statement = statements[at];
    if (statement?.kind !== 'match' || statement.right.kind !== 'set-ref' || statement.right.ipset !== true)
      return undefined;
    if (statement.operator !== '==' && statement.operator !== '!=') return undefined;
    const flags = writeSetKey(statement.left);
    if (flags === undefined) return undefined;
    const args = [statement.right.name, flags];
    return { uses: [{ name: '--match-set', negated: statement.operator === '!=', args }], count: 1 };
  },
};
