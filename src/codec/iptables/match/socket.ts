import { type Expression, META_MARK, number } from '../../../kernel/expression.ts';
import type { Statement } from '../../../kernel/statement.ts';
import { hasOption, type MatchExtension, match, use } from '../extension.ts';
import { isSame } from '../same.ts';

const TRANSPARENT: Expression = { kind: 'socket', key: 'transparent' };
const SOCKET_MARK: Expression = { kind: 'socket', key: 'mark' };

/** Whether there is a socket cannot be said in the model; `--restore-skmark` then copies its mark (kernel-facts 2.7). */
export const SOCKET: MatchExtension = {
  name: 'socket',
  options: { '--transparent': 0, '--nowildcard': 0, '--restore-skmark': 0 },
  read: (uses) => {
    const condition: Statement =
      hasOption(uses, '--transparent') && !hasOption(uses, '--nowildcard')
        ? match(TRANSPARENT, number(1))
        : { kind: 'unknown-match', name: 'socket', text: socketText(uses.map((one) => one.name)) };
    if (!hasOption(uses, '--restore-skmark')) return [condition];
    return [condition, { kind: 'set', target: META_MARK, value: SOCKET_MARK }];
  },
  write: (statements, at) => {
    const first = statements[at];
    const transparent =
      first?.kind === 'match' && first.operator === '==' && isSame(first, match(TRANSPARENT, number(1)));
    const bare = first?.kind === 'unknown-match' && first.name === 'socket';
    if (!transparent && !bare) return undefined;
    const words = bare ? first.text.split(' ').slice(2) : ['--transparent'];
    const restores = isSame(statements[at + 1], { kind: 'set', target: META_MARK, value: SOCKET_MARK });
    const uses = [...words, ...(restores ? ['--restore-skmark'] : [])].map((word) => use(word));
    return { uses, count: restores ? 2 : 1 };
  },
};

function socketText(names: readonly string[]): string {
  return ['-m socket', ...names.filter((name) => name !== '--restore-skmark')].join(' ');
}
