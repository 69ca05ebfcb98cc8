import { FULL_MASK, formatWord } from '../../net/mark.ts';
import { familiesOf, type RuleAt } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import { markUsesOf } from '../marks/mark-uses.ts';
import { cureText } from './way-out.ts';

/** More values than these are told by their first. */
const MOST = 6;

/**
 * nft cannot merge two marks under a mask in one statement (kernel-facts 3.3): a copy takes one rule for each value that
 * is set under the mask.
 */
export function valueByValue(machine: Machine, at: RuleAt, toConnection: boolean, mask: number): string {
  const [to, from] = toConnection ? ['ct mark', 'meta mark'] : ['meta mark', 'ct mark'];
  const values = valuesUnder(machine, at, mask);
  const rest = formatWord((FULL_MASK & ~mask) >>> 0);
  const lines = values
    .slice(0, MOST)
    .map(
      (value) =>
        `${from} & ${formatWord(mask)} == ${formatWord(value)} ${to} set ${to} & ${rest} | ${formatWord(value)}`,
    );
  const more = values.length > MOST ? [`and so on for ${values.length - MOST} more`] : [];
  return cureText('one rule for each value', lines, more);
}

/** What rules set under the mask; the lowest bit where that is not known. */
function valuesUnder({ state }: Machine, { table }: RuleAt, mask: number): readonly number[] {
  const writes = familiesOf(table).flatMap((family) => markUsesOf(state, family).writes);
  const values = writes.flatMap(({ copied, constants = [] }) => (copied === 0 ? constants : []));
  const under = [...new Set(values.map((value) => (value & mask) >>> 0))].filter((value) => value !== 0);
  return under.length > 0 ? under : [(mask & -mask) >>> 0];
}
