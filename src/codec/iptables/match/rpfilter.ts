import type { Expression } from '../../../kernel/expression.ts';
import { hasOption, type MatchExtension, match, use } from '../extension.ts';

const RPFILTER_FLAGS: Readonly<Record<string, number>> = { '--loose': 0, '--validmark': 0, '--invert': 0 };

/** The way back to the source: `fib saddr . iif oif exists`; loose: by any interface; validmark: with the mark. */
export const RPFILTER: MatchExtension = {
  name: 'rpfilter',
  options: RPFILTER_FLAGS,
  read: (uses) => {
    const flags = ['saddr'];
    if (hasOption(uses, '--validmark')) flags.push('mark');
    if (!hasOption(uses, '--loose')) flags.push('iif');
    const right: Expression = { kind: 'boolean', value: !hasOption(uses, '--invert') };
    return [match({ kind: 'fib', result: 'oif', flags }, right)];
  },
  write: (statements, at) => {
    const statement = statements[at];
    if (statement?.kind !== 'match' || statement.operator !== '==' || statement.right.kind !== 'boolean')
      return undefined;
    const { left } = statement;
    if (left.kind !== 'fib' || left.result !== 'oif' || !left.flags.includes('saddr')) return undefined;
    if (left.flags.some((flag) => !['saddr', 'mark', 'iif'].includes(flag))) return undefined;
    const words = [
      ...(left.flags.includes('iif') ? [] : ['--loose']),
      ...(left.flags.includes('mark') ? ['--validmark'] : []),
      ...(statement.right.value ? [] : ['--invert']),
    ];
    return { uses: words.map((word) => use(word)), count: 1 };
  },
};
