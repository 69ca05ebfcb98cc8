import { formatWord } from '../../net/mark.ts';
import type { Check } from '../check.ts';
import { checkDefects } from '../flow/check-defects.ts';
import type { Defect } from '../flow/defect.ts';
import { saveCure, saveFix, sayFlow } from '../flow/defect-words.ts';
import { RESTORE, routerFiles } from '../flow/example-router.ts';
import { connBits } from '../flow/judge.ts';
import { bitsOf, packetOf } from '../flow/packet-facts.ts';

const MARKS = (leave: string) => `-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
${RESTORE}-A PREROUTING -i wan0 -j MARK --set-xmark 0x1/0xff
-A PREROUTING -i wan1 -j MARK --set-xmark 0x2/0xff
-A PREROUTING -i lan0 -s 192.168.1.20/32 -j MARK --set-xmark 0x2/0xff
${leave}-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
`;

export const leftUnsaved: Check = {
  id: 'left-unsaved',
  severity: 'warning',
  summary: 'a chain is left before the mark is saved; only the reply saves it',
  why: [
    'The first packet is marked and leaves the table before the save. Here the connection stays on its WAN nevertheless: every packet until the reply is marked alike, and the reply, which comes in by the WAN’s interface, is given the same mark and saved.',
    'It holds as long as the rules for replies and the rules for first packets agree. A WAN more, a choice by chance, a rule taken away, and it is accept-before-save.',
  ],
  bad: { files: routerFiles(MARKS('-A PREROUTING -i lan0 -s 192.168.1.20/32 -j ACCEPT\n')) },
  good: { files: routerFiles(MARKS('')) },
  run: (machine) =>
    checkDefects(machine, 'left-unsaved', (defect) => {
      const fix = saveFix(machine, defect);
      return {
        severity: 'warning',
        message: `this rule leaves before the mark is saved, and only the reply saves ${sayWhich(defect)}: ${sayFlow(defect)}`,
        cure: saveCure(defect),
        ...(fix === undefined ? {} : { fix }),
      };
    }),
};

/** Where every packet is marked again, what the connection holds need not be the same. */
function sayWhich({ world, path }: Defect): string {
  const first = packetOf(path, 'P1');
  const saved = connBits(world, packetOf(path, 'R'));
  const mark = first === undefined ? undefined : bitsOf(first.end.mark, world.bits);
  return saved === undefined || saved === mark ? 'it' : `one, which is another (${formatWord(saved)})`;
}
