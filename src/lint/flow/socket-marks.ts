import { FAMILIES, type Family } from '../../net/family.ts';
import { FULL_MASK, formatMark, formatWord, type Mark } from '../../net/mark.ts';
import { UDP } from '../../trace/protocol.ts';
import { basesOfRule } from '../all-rules.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
import type { MarkRead } from '../marks/mark-read.ts';
import { markUsesOf } from '../marks/mark-uses.ts';
import { canCarry, possibleWords } from '../marks/possible-words.ts';
import { rulePlace, ruleText } from '../rule-place.ts';
import { flowsOfWish } from './flows-of-wish.ts';
import { plainWorld } from './plain-world.ts';
import { restoredBits } from './routing-fields.ts';
import { type ShownFlow, shown } from './shown-flow.ts';
import { traceWithin } from './trace-within.ts';
import { anyPacket, withField } from './wish.ts';

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
        cure: saveOnWayOut(read, mark),
        ...shown(machine, flowOfSocket(machine, family, mark)),
        key: `${read.at.table.name} ${read.at.chain.name}: ${text}`,
      });
    }
  return [...found.values()];
}

function savedOnWayInAlone(
  { state }: Machine,
  family: Family,
): readonly { readonly read: MarkRead; readonly mark: Mark }[] {
  const uses = markUsesOf(state, family);
  const { writes } = uses;
  if (uses.unknown) return [];
  const bits = restoredBits(writes);
  const saving = new Set(
    writes
      .filter(({ word, copied }) => word === 'connection' && (copied & bits) !== 0)
      .map(({ at }) => at.rule),
  );
  const reads = uses.reads.filter(
    ({ word, inverted, at }) => word === 'packet' && !inverted && saving.has(at.rule),
  );
  if (reads.length === 0) return [];
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

/** The router's own packet with the mark, through all rules: it leaves without a rule that saves. */
function flowOfSocket(machine: Machine, family: Family, { value }: Mark): ShownFlow | undefined {
  const world = plainWorld(machine, family);
  const [plain] = flowsOfWish(withField(anyPacket(family), 'protocol', [UDP, UDP], true), 'output', world);
  if (plain === undefined) return undefined;
  const flow = { ...plain, mark: value };
  const path = traceWithin(machine, world, flow)?.paths[0];
  return path === undefined ? undefined : { world, flow, path };
}

/** What tunnels send. */

function saveOnWayOut({ at }: MarkRead, mark: Mark): string {
  if (at.table.frontend === 'nft')
    return cureText('save on the way out, in a chain of', [
      'type filter hook postrouting priority mangle; policy accept;',
      `meta mark ${mark.mask === FULL_MASK ? '' : `& ${formatWord(mark.mask)} == `}${formatWord(mark.value)} ct mark set meta mark`,
    ]);
  const masks =
    mark.mask === FULL_MASK ? '' : ` --nfmask ${formatWord(mark.mask)} --ctmask ${formatWord(mark.mask)}`;
  return cureText('save on the way out, in the mangle table', [
    '*mangle',
    `-A POSTROUTING -m mark --mark ${formatMark(mark)} -j CONNMARK --save-mark${masks}`,
    'COMMIT',
  ]);
}
