import type { Sources } from '../../net/diagnostic.ts';
import { FULL_MASK, formatMark, parseMark } from '../../net/mark.ts';
import type { Span } from '../../net/span.ts';
import type { Edit } from '../finding.ts';

/**
 * Gives a policy rule's bare mark its mask: `fwmark 0x1` becomes `fwmark 0x1/0xff`, in a listing, a script or the
 * settings. Undefined where the mark has bits outside of the mask, or is written otherwise.
 */
export function fwmarkMask(
  sources: Sources,
  { file, start, end }: Span,
  mask: number,
): readonly Edit[] | undefined {
  const text = sources.get(file)?.slice(start, end) ?? '';
  const found = /\bfwmark\s+((?:0x[0-9a-f]+|\d+)(?:\/0xffffffff)?)(?![\w/])/i.exec(text);
  const mark = parseMark(found?.[1] ?? '');
  if (found === null || mark === undefined || mark.mask !== FULL_MASK) return undefined;
  if ((mark.value & ~mask) !== 0) return undefined;
  const to = start + found.index + found[0].length;
  const from = to - (found[1] ?? '').length;
  return [{ span: { file, start: from, end: to }, text: formatMark({ value: mark.value, mask }) }];
}
