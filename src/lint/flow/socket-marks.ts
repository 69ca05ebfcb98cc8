import { FAMILIES, type Family } from '../../net/family.ts';
import { formatMark, type Mark } from '../../net/mark.ts';
import { basesOfRule } from '../all-rules.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import type { MarkRead } from '../marks/mark-read.ts';
import { markUses, ofFamily } from '../marks/mark-uses.ts';
import { canCarry, possibleWords } from '../marks/possible-words.ts';
import { rulePlace, ruleText } from '../rule-place.ts';
import { restoredBits } from './routing-fields.ts';

/**
 * Saves for a mark that no rule sets: it is a socket's (SO_MARK), and sockets' packets come by OUTPUT and POSTROUTING.
 * Loopback hands marks on to PREROUTING, so a save there is right where there is one on the way out as well.
 */
export function socketMarksUnsaved(machine: Machine): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const family of FAMILIES)
    for (const { read, mark } of savedOnWayInAlone(machine, family)) {
      const text = ruleText(machine, read.at.rule);
      const span = rulePlace(machine, read.at.rule);
      found.set(`${span.file} ${span.start} ${text}`, {
        check: 'save-in-wrong-hook',
        severity: 'warning',
        message: `no rule sets the mark ${formatMark(mark)}, so it is a socket's, and what sockets send never comes by prerouting: its replies find no mark to restore`,
        span,
        path: [],
        cure: 'save on the way out: in a chain of `hook postrouting`, or in mangle POSTROUTING',
        key: `${read.at.table.name} ${read.at.chain.name}: ${text}`,
      });
    }
  return [...found.values()];
}

function savedOnWayInAlone(
  { state }: Machine,
  family: Family,
): readonly { readonly read: MarkRead; readonly mark: Mark }[] {
  const uses = markUses(state);
  const writes = ofFamily(uses.writes, family);
  if (uses.unknown) return [];
  const bits = restoredBits(writes);
  const saving = new Set(
    writes
      .filter(({ word, copied }) => word === 'connection' && (copied & bits) !== 0)
      .map(({ at }) => at.rule),
  );
  const reads = ofFamily(uses.reads, family).filter(
    ({ word, inverted, at }) => word === 'packet' && !inverted && saving.has(at.rule),
  );
  const words = possibleWords(writes, []);
  return reads.flatMap((read) =>
    (read.values ?? []).flatMap((value) => {
      const mark = { value, mask: read.mask };
      if (value === 0 || canCarry(words.packet, mark) || !isOnWayIn(read)) return [];
      const onWayOut = reads.some((other) => other.values?.includes(value) === true && !isOnWayIn(other));
      return onWayOut ? [] : [{ read, mark }];
    }),
  );
}

function isOnWayIn({ at }: MarkRead): boolean {
  const bases = basesOfRule(at);
  return bases.length > 0 && bases.every(({ hook }) => hook === 'prerouting');
}
