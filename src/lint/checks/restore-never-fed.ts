import { FAMILIES, type Family } from '../../net/family.ts';
import { FULL_MASK, formatWord } from '../../net/mark.ts';
import { familiesOfRule, type RuleAt } from '../all-rules.ts';
import type { Check } from '../check.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { routerFiles } from '../flow/example-router.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { canRoute } from '../flow/routing-fields.ts';
import { shown } from '../flow/shown-flow.ts';
import { stories } from '../flow/stories.ts';
import type { Machine } from '../machine.ts';
import { markUses, markUsesOf } from '../marks/mark-uses.ts';
import { type MarkWrite, writtenBits } from '../marks/mark-write.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const MARKS = (save: string) => `-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i lan0 -s 192.168.1.20/32 -j MARK --set-xmark 0x2/0xff
${save}`;

export const restoreNeverFed: Check = {
  id: 'restore-never-fed',
  severity: 'warning',
  lacks: true,
  summary: 'a connection mark is restored, and no rule ever gives connections one',
  why: [
    'Restoring copies the mark of the connection to the packet. With no rule that saves or sets connection marks (CONNMARK --save-mark or --set-mark, ct mark set) it is always 0: the restore only clears the bits that other rules or programs have set before it.',
    'Where connections suffer from it, mark-not-saved says so; here none was found that does. Something outside of the rules that were read may set connection marks as well: another table, tc’s act_connmark.',
  ],
  bad: { files: routerFiles(MARKS('')) },
  good: {
    files: routerFiles(MARKS('-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff\n')),
  },
  run: (machine) => {
    if (stories(machine).some(({ kind }) => kind === 'mark-not-saved')) return [];
    const { writes, unknown } = markUses(machine.state);
    if (unknown) return [];
    const fed = new Map(FAMILIES.map((family) => [family, fedBits(machine, family)]));
    // A rule for both families may well be there for one of them.
    const starving = writes.filter(
      ({ word, copied, at }) =>
        word === 'packet' &&
        copied !== 0 &&
        canRoute(at) &&
        familiesOfRule(at).every((family) => (copied & (fed.get(family) ?? 0)) === 0),
    );
    return starving
      .filter(({ at }, index) => starving.findIndex((one) => one.at.rule === at.rule) === index)
      .map((write) => report(machine, write));
  },
};

/** Bits of the connection mark that some rule sets for packets of this family. */
function fedBits({ state }: Machine, family: Family): number {
  return markUsesOf(state, family)
    .writes.filter(({ word }) => word === 'connection')
    .reduce((bits, write) => (bits | writtenBits(write)) >>> 0, 0);
}

function report(machine: Machine, { at, copied }: MarkWrite): Finding {
  const text = ruleText(machine, at.rule);
  return {
    check: 'restore-never-fed',
    severity: 'warning',
    message: `the connection marks restored here are always 0: no rule sets any of their bits ${formatWord(copied)}`,
    span: rulePlace(machine, at.rule),
    path: [],
    cure: cureOf(machine, at, copied),
    ...shown(machine, flowToRule(machine, at)),
    key: `${at.table.name} ${at.chain.name}: ${text}`,
  };
}

/** A save behind the first rule that sets these bits, in the file's own syntax. */
function cureOf({ state }: Machine, at: RuleAt, bits: number): string {
  const setter = markUses(state).writes.find(
    (write) =>
      write.word === 'packet' &&
      write.copied === 0 &&
      (writtenBits(write) & bits) !== 0 &&
      (write.at.table.frontend === 'nft') === (at.table.frontend === 'nft') &&
      canRoute(write.at),
  );
  const lead = 'save the mark where it is set, or take the restore away';
  if (at.table.frontend === 'nft')
    return cureText(`${lead}, behind each \`meta mark set\``, ['ct mark set meta mark']);
  const mask = formatWord(bits);
  const chain = setter?.at.chain.name ?? at.chain.name;
  const masks = bits === FULL_MASK ? '' : ` --nfmask ${mask} --ctmask ${mask}`;
  return cureText(lead, [`-A ${chain} -j CONNMARK --save-mark${masks}`]);
}
