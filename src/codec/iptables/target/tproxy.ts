import type { Expression } from '../../../kernel/expression.ts';
import { markExpression, readMarkWord } from '../../../kernel/mark-word.ts';
import type { Statement } from '../../../kernel/statement.ts';
import { formatMark, parseMark } from '../../../net/mark.ts';
import { argumentOf, type OptionUse, type TargetExtension, use } from '../extension.ts';
import { isSame } from '../same.ts';

const ACCEPT: Statement = { kind: 'verdict', verdict: { kind: 'accept' } };

/** Hands the packet to a local socket, sets the mark under its mask, and ends the table (kernel-facts 2.6, 2.7). */
export const TPROXY: TargetExtension = {
  name: 'TPROXY',
  options: { '--on-port': 1, '--on-ip': 1, '--tproxy-mark': 1 },
  read: (uses) => {
    const written = argumentOf(uses, '--tproxy-mark');
    const mark = written === undefined ? undefined : parseMark(written);
    if (written !== undefined && mark === undefined) return undefined;
    const text = uses
      .flatMap((one) => (one.name === '--tproxy-mark' ? [] : [`${one.name} ${one.args[0]}`]))
      .join(' ');
    const sets =
      mark === undefined || (mark.mask === 0 && mark.value === 0)
        ? undefined
        : markExpression({ packet: ~mark.mask >>> 0, connection: 0, constant: mark.value });
    return [{ kind: 'tproxy', text, ...(sets === undefined ? {} : { setsMark: sets }) }, ACCEPT];
  },
  write: (effects) => {
    const [first, second, ...rest] = effects;
    if (first?.kind !== 'tproxy' || rest.length > 0 || !isSame(second, ACCEPT)) return undefined;
    const words = first.text.split(' ');
    const uses: OptionUse[] = [];
    for (let at = 0; at + 1 < words.length; at += 2) uses.push(use(words[at] ?? '', words[at + 1] ?? ''));
    if (first.setsMark === undefined) return uses;
    const mark = writeMark(first.setsMark);
    return mark === undefined ? undefined : [...uses, use('--tproxy-mark', mark)];
  },
};

function writeMark(value: Expression): string | undefined {
  const word = readMarkWord(value);
  if (word === undefined || word.connection !== 0) return undefined;
  return formatMark({ value: word.constant, mask: ~word.packet >>> 0 });
}
