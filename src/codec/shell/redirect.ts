import type { Token } from './lex.ts';
import type { Simple } from './tree.ts';

export type Redirected = Pick<Simple, 'input' | 'reads' | 'writes'>;

/** What stands before the sign, as in `2>FILE`, makes it another than the input or the output. */
export function redirect(
  { operator, body, start, end }: Extract<Token, { kind: 'redirect' }>,
  target: Token | undefined,
): Redirected {
  if (body !== undefined) return { input: body };
  if (target?.kind !== 'word' || end - start > operator.length) return {};
  if (operator === '<') return { reads: target };
  const isOutput = /^(?:>>?|>\||&>>?)$/.test(operator);
  return isOutput ? { writes: { target, appends: operator.endsWith('>>') } } : {};
}
