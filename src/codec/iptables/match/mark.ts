import { CT_MARK, type Expression, META_MARK, number } from '../../../kernel/expression.ts';
import { masked, readMarkWord } from '../../../kernel/mark-word.ts';
import { formatMark, parseMark } from '../../../net/mark.ts';
import { type MatchExtension, match } from '../extension.ts';

/** `--mark V/K`: (word & K) == V (kernel-facts 3). A mask of 0 compares nothing with V. */
function markMatch(name: string, word: Expression, bitsOf: 'packet' | 'connection'): MatchExtension {
  return {
    name,
    options: { '--mark': 1 },
    read: (uses) => {
      const one = uses[0];
      const mark = parseMark(one?.args[0] ?? '');
      if (one === undefined || uses.length > 1 || mark === undefined) return undefined;
      return [match(masked(word, mark.mask) ?? zeroOf(word), number(mark.value), one.negated)];
    },
    write: (statements, at) => {
      const statement = statements[at];
      if (statement?.kind !== 'match' || statement.right.kind !== 'number') return undefined;
      if (statement.operator !== '==' && statement.operator !== '!=') return undefined;
      const bits = readMarkWord(statement.left);
      const other = bitsOf === 'packet' ? bits?.connection : bits?.packet;
      if (bits === undefined || other !== 0) return undefined;
      if (bits[bitsOf] === 0 && !mentions(statement.left, word)) return undefined;
      const value = (statement.right.value ^ bits.constant) >>> 0;
      const args = [formatMark({ value, mask: bits[bitsOf] })];
      return { uses: [{ name: '--mark', negated: statement.operator === '!=', args }], count: 1 };
    },
  };
}

function zeroOf(word: Expression): Expression {
  return { kind: 'binary', operator: '&', left: word, right: number(0) };
}

function mentions(expression: Expression, word: Expression): boolean {
  if (expression.kind === 'binary')
    return mentions(expression.left, word) || mentions(expression.right, word);
  return expression.kind === word.kind;
}

export const MARK_MATCHES = [
  markMatch('mark', META_MARK, 'packet'),
  markMatch('connmark', CT_MARK, 'connection'),
];
