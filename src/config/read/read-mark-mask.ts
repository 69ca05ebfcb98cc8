import { formatWord, isContiguous, lowestBit } from '../../net/mark.ts';
import { DEFAULT_MARK_MASK, MAX_WANS } from '../defaults.ts';
import { isRefused } from '../is-refused.ts';
import type { YamlNode } from '../yaml-node.ts';
import { scalarAt, wordOf } from './read-values.ts';
import { type Reading, report } from './reading.ts';

/** `mark_mask`; 0 when it is wrong, so that nothing is held against it. */
export function readMarkMask(reading: Reading, site: YamlNode, wans: number): number {
  const scalar = scalarAt(site, 'mark_mask');
  const mask = scalar === undefined ? undefined : wordOf(reading, scalar)?.value;
  if (isRefused(site, 'mark_mask') || (scalar !== undefined && mask === undefined)) return 0;
  if (scalar !== undefined && mask !== undefined && !isContiguous(mask)) {
    const message =
      mask === 0 ? 'a mask of 0 holds no mark' : `the bits of ${formatWord(mask)} do not stand together`;
    report(reading, scalar.span, message);
    return 0;
  }
  const used = mask ?? DEFAULT_MARK_MASK;
  const capacity = markCapacity(used);
  if (wans > capacity)
    report(
      reading,
      (scalar ?? site).span,
      `mark_mask ${formatWord(used)} holds ${Math.max(capacity, 0)} ${capacity === 1 ? 'WAN' : 'WANs'}, but there are ${wans}`,
    );
  return used;
}

/** WANs that fit: every value but 0 and the two of the last resorts, and no more than the priority band takes. */
export function markCapacity(mask: number): number {
  const values = mask / 2 ** lowestBit(mask) + 1;
  return Math.min(values - 3, MAX_WANS);
}
