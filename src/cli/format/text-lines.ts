import { wrap } from './wrap.ts';

/** Below it wrapped words are harder to read than a long line. */
const NARROWEST = 24;

/** Text wrapped to the width, `lead` before its first line and blanks below it. */
export function lines(text: string, lead: string, width: number): string {
  const wrapped = wrap(text, Math.max(NARROWEST, width - lead.length - 2));
  return wrapped.map((line, at) => `${at === 0 ? lead : ' '.repeat(lead.length + 2)}${line}\n`).join('');
}
