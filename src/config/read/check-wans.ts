import { FAMILIES } from '../../net/family.ts';
import { patternsMeet } from '../../net/interface-pattern.ts';
import { formatWord, lowestBit } from '../../net/mark.ts';
import type { Span } from '../../net/span.ts';
import { RESERVED_NAMES } from '../reserved-names.ts';
import type { Located } from '../site.ts';
import type { ReadWan } from './read-profile.ts';
import { report } from './reading.ts';

/** What no two WANs may share, and what no WAN may take from the site. */
export function checkWans(wans: readonly ReadWan[], markMask: number, lan: readonly string[]): void {
  wans.forEach((wan, index) => {
    const before = wans.slice(0, index);
    checkShared(wan, before);
    checkGateways(wan, before);
    checkMark(wan, markMask);
    if (lan.some((pattern) => patternsMeet(pattern, wan.interface.value)))
      report(wan.reading, wan.interface.span, `"${wan.interface.value}" is an interface of lan`);
  });
}

function checkShared(wan: ReadWan, before: readonly ReadWan[]): void {
  const say = (span: Span, what: string, other: ReadWan) =>
    report(wan.reading, span, `${what} is taken by ${nameAndPlace(other)}`);
  const named = before.find((other) => other.name.value === wan.name.value);
  // A reserved name has been reported: both will have others.
  if (named !== undefined && !RESERVED_NAMES.includes(wan.name.value))
    say(wan.name.span, `the name "${wan.name.value}"`, named);
  for (const key of ['table', 'mark'] as const) {
    const chosen = wan.wan[key];
    if (chosen === 'auto') continue;
    const other = before.find(({ wan: { [key]: theirs } }) => numberOf(theirs) === chosen.value);
    const shown = key === 'mark' ? formatWord(chosen.value) : chosen.value;
    if (other !== undefined) say(chosen.span, `${key} ${shown}`, other);
  }
}

function numberOf(chosen: Located<number> | 'auto'): number | undefined {
  return chosen === 'auto' ? undefined : chosen.value;
}

function nameAndPlace({ wan }: ReadWan): string {
  return `${wan.name} (${wan.origin.span.file}:${wan.origin.line})`;
}

/** Two WANs behind one interface are told apart by the gateway alone, so both must name theirs. */
function checkGateways(wan: ReadWan, before: readonly ReadWan[]): void {
  for (const other of before) {
    if (other.interface.value !== wan.interface.value) continue;
    const clash = FAMILIES.find((family) => {
      if (![wan, other].every((each) => each.wan.families.includes(family))) return false;
      const [mine, theirs] = [wan.wan.gateway[family], other.wan.gateway[family]];
      return mine.kind !== 'address' || theirs.kind !== 'address' || mine.address === theirs.address;
    });
    if (clash === undefined) continue;
    const message = `${nameAndPlace(other)} is on "${wan.interface.value}" too: both need a gateway of their own (${clash})`;
    report(wan.reading, wan.interface.span, message);
  }
}

/** The two highest values of the mask stand for the last resorts unreachable and blackhole. */
function checkMark(wan: ReadWan, markMask: number): void {
  const { mark } = wan.wan;
  // A mask that is wrong itself has been reported; what it holds means nothing.
  if (mark === 'auto' || markMask === 0) return;
  const shown = formatWord(mark.value);
  if (mark.value === 0) report(wan.reading, mark.span, 'a mark of 0 is no mark');
  else if ((mark.value & ~markMask) >>> 0 !== 0)
    report(wan.reading, mark.span, `mark ${shown} is outside mark_mask ${formatWord(markMask)}`);
  else if (mark.value >= (markMask - 2 ** lowestBit(markMask)) >>> 0)
    report(wan.reading, mark.span, `mark ${shown} is kept for a last resort`);
}
