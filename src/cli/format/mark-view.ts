import { formatWord } from '../../net/mark.ts';
import type { MarkView } from '../../trace/trace.ts';

/** `0x36`, or what is known of it. */
export function sayMark(mark: MarkView): string {
  if (typeof mark === 'number') return formatWord(mark);
  return `${formatWord(mark.value)} (bits ${formatWord(mark.unknown)} unknown)`;
}
