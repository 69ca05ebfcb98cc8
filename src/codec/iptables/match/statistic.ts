import { type Expression, number } from '../../../kernel/expression.ts';
import { argumentOf, hasOption, type MatchExtension, match, use } from '../extension.ts';

/** xt_statistic compares 31 random bits with a threshold, so a probability is a count of this many parts. */
const PARTS = 0x80000000;

/** Digits iptables-save prints of a probability: enough to tell one part from the next. */
const DIGITS = 11;

/** Every Nth packet: (numgen inc mod N) == P. By chance: (numgen random mod 2³¹) < p. */
export const STATISTIC: MatchExtension = {
  name: 'statistic',
  options: { '--mode': 1, '--every': 1, '--packet': 1, '--probability': 1 },
  read: (uses) => {
    const negated = uses.some((one) => one.negated);
    if (argumentOf(uses, '--mode') === 'nth') {
      const every = Number(argumentOf(uses, '--every'));
      const packet = Number(argumentOf(uses, '--packet') ?? 0);
      if (!(every >= 1) || !(packet >= 0 && packet < every) || hasOption(uses, '--probability'))
        return undefined;
      return [match({ kind: 'numgen', mode: 'inc', modulus: every, offset: 0 }, number(packet), negated)];
    }
    const probability = Number(argumentOf(uses, '--probability'));
    if (!(probability >= 0 && probability <= 1) || argumentOf(uses, '--mode') !== 'random') return undefined;
    const left: Expression = { kind: 'numgen', mode: 'random', modulus: PARTS, offset: 0 };
    const right = number(Math.round(probability * PARTS));
    return [{ kind: 'match', operator: negated ? '>=' : '<', left, right }];
  },
  write: (statements, at) => {
    const statement = statements[at];
    if (statement?.kind !== 'match' || statement.left.kind !== 'numgen' || statement.right.kind !== 'number')
      return undefined;
    const { left, operator, right } = statement;
    if (left.offset !== 0) return undefined;
    if (left.mode === 'inc' && (operator === '==' || operator === '!=')) {
      const every = { ...use('--every', String(left.modulus)), negated: operator === '!=' };
      return { uses: [use('--mode', 'nth'), every, use('--packet', String(right.value))], count: 1 };
    }
    if (left.mode !== 'random' || left.modulus !== PARTS || (operator !== '<' && operator !== '>='))
      return undefined;
    const text = (right.value / PARTS).toFixed(DIGITS);
    return {
      uses: [use('--mode', 'random'), { ...use('--probability', text), negated: operator === '>=' }],
      count: 1,
    };
  },
};
