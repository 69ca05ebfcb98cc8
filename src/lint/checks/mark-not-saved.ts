import { formatWord } from '../../net/mark.ts';
import type { Check } from '../check.ts';
import { saveWords } from '../cures/rule-text.ts';
import { cureText } from '../cures/way-out.ts';
import { saveMask } from '../fixes/save-mask.ts';
import { checkDefects } from '../flow/check-defects.ts';
import type { Defect } from '../flow/defect.ts';
import {
  bitsToSave,
  restoreCure,
  saveCure,
  saveFix,
  sayFate,
  sayFlow,
  sayRouted,
} from '../flow/defect-words.ts';
import { RESTORE, routerFiles } from '../flow/example-router.ts';
import { sayRef } from '../flow/finding-of.ts';
import type { Machine } from '../machine.ts';

const MARKS = (
  mask: string,
) => `${RESTORE}-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j MARK --set-xmark 0x2/0xff
-A PREROUTING -j CONNMARK --save-mark --nfmask ${mask} --ctmask ${mask}
`;

export const markNotSaved: Check = {
  id: 'mark-not-saved',
  severity: 'error',
  lacks: true,
  summary:
    'the mark that routes the first packet is never saved to its connection, and later packets go elsewhere',
  why: [
    'A mark belongs to one packet. What the first packet of a connection is given has to be saved (CONNMARK --save-mark, ct mark set meta mark) for later ones to restore; a rule for new connections alone is not asked again once there was a reply.',
    'Reported where no save follows; where the save that follows has a mask without the bits that route; where it stands before the rule that marks; and where it does nothing: nft’s `meta mark set mark` copies the packet’s mark to itself, the connection’s is `ct mark`.',
    'Rulesets that mark every packet of a connection alike need no save, and are left alone.',
  ],
  bad: { files: routerFiles(MARKS('0x1')) },
  good: { files: routerFiles(MARKS('0xff')) },
  run: (machine) =>
    checkDefects(machine, 'mark-not-saved', (defect) => {
      const fix = fixOf(machine, defect);
      return {
        severity: 'error',
        message: `${sayWhy(defect)}: ${sayFlow(defect)} ${sayFate(defect)}`,
        cure: cureOf(machine, defect),
        ...(fix === undefined ? {} : { fix }),
      };
    }),
};

function sayWhy(defect: Defect): string {
  const mark = sayRouted(defect);
  switch (defect.detail) {
    case 'noop':
      return `this sets the packet mark to itself, so that the mark ${mark} is not saved`;
    case 'mask':
      return `this save leaves out bits of the mark ${mark} that routed the packet`;
    case 'before':
      return `the mark ${mark} is set after the rule that saves`;
    case 'nothing':
      return `the mark ${mark} is neither saved nor restored, and later packets do not get it`;
    case 'not reached':
      return `the mark ${mark} is set here, and no rule that saves is for these packets`;
    default:
      return `the mark ${mark} is set here, and nothing saves it`;
  }
}

function cureOf(machine: Machine, defect: Defect): string {
  const mask = formatWord(bitsToSave(defect));
  if (defect.detail === 'noop')
    return cureText('save to the connection: `mark` alone is the packet’s own', ['ct mark set meta mark']);
  if (defect.detail === 'mask' && defect.rule.frontend !== 'nft')
    return cureText('save the bits that are marked', [
      (saveWords(sayRef(machine, defect.rule)) ?? '-j CONNMARK --save-mark').replace(
        /--save-mark\b.*$/,
        `--save-mark --nfmask ${mask} --ctmask ${mask}`,
      ),
    ]);
  if (defect.detail === 'nothing') return `${restoreCure(defect)}\nand ${saveCure(defect)}`;
  return saveCure(defect);
}

function fixOf(machine: Machine, defect: Defect) {
  // Where the restore belongs is nothing that the text alone says.
  if (defect.detail === 'noop' || defect.detail === 'nothing') return undefined;
  if (defect.detail !== 'mask') return saveFix(machine, defect);
  const { span } = defect.rule;
  return span === undefined ? undefined : saveMask(machine.sources, span, bitsToSave(defect));
}
